import { hooksDelete as operation } from '../../supervisor/operations/hooks-delete.ts'
import type { Handler } from '../daemon-context.ts'

export const hooksDelete: Handler<'hooks.delete'> = ({ supervisor }, params) => operation(supervisor, params)
