import { counts as operation } from '../../supervisor/operations/counts.ts'
import type { Handler } from '../daemon-context.ts'

export const counts: Handler<'counts'> = ({ supervisor }, params) => operation(supervisor, params)
