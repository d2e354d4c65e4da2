import { send as operation } from '../../supervisor/operations/send.ts'
import type { Handler } from '../daemon-context.ts'

export const send: Handler<'send'> = async ({ supervisor }, params) => operation(supervisor, params)
