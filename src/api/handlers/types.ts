import { types as operation } from '../../supervisor/operations/types.ts'
import type { Handler } from '../daemon-context.ts'

export const types: Handler<'types'> = ({ supervisor }, params) => operation(supervisor, params)
