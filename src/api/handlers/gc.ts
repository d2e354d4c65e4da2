import { gc as operation } from '../../supervisor/operations/gc.ts'
import type { Handler } from '../daemon-context.ts'

export const gc: Handler<'gc'> = ({ supervisor }, params) => operation(supervisor, params)
