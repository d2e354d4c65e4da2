import { notify as operation } from '../../supervisor/operations/notify.ts'
import type { Handler } from '../daemon-context.ts'

export const notify: Handler<'notify'> = ({ supervisor }, params) => operation(supervisor, params)
