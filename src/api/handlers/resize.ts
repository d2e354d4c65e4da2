import { resize as operation } from '../../supervisor/operations/resize.ts'
import type { Handler } from '../daemon-context.ts'

export const resize: Handler<'resize'> = async ({ supervisor }, params) => operation(supervisor, params)
