import { hooksTest as operation } from '../../supervisor/operations/hooks-test.ts'
import type { Handler } from '../daemon-context.ts'

export const hooksTest: Handler<'hooks.test'> = ({ supervisor }, params) => operation(supervisor, params)
