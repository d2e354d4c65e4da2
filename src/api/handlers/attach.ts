import { attach as operation } from '../../supervisor/operations/attach.ts'
import type { Handler } from '../daemon-context.ts'

export const attach: Handler<'attach'> = async ({ supervisor }, params) => operation(supervisor, params)
