import { remove as operation } from '../../supervisor/operations/delete.ts'
import type { Handler } from '../daemon-context.ts'

export const remove: Handler<'delete'> = ({ supervisor }, params) => operation(supervisor, params)
