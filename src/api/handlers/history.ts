import { history as operation } from '../../supervisor/operations/history.ts'
import type { Handler } from '../daemon-context.ts'

export const history: Handler<'history'> = ({ supervisor }, params) => operation(supervisor, params)
