import { hooksAdd as operation } from '../../supervisor/operations/hooks-add.ts'
import type { Handler } from '../daemon-context.ts'

export const hooksAdd: Handler<'hooks.add'> = ({ supervisor }, params) => operation(supervisor, params)
