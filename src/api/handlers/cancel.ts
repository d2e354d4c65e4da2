import { cancel as operation } from '../../supervisor/operations/cancel.ts'
import type { Handler } from '../daemon-context.ts'

export const cancel: Handler<'cancel'> = ({ supervisor }, params) => operation(supervisor, params)
