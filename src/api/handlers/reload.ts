import { reload as operation } from '../../supervisor/operations/reload.ts'
import type { Handler } from '../daemon-context.ts'

export const reload: Handler<'reload'> = ({ supervisor }, params) => operation(supervisor, params)
