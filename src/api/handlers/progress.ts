import { progress as operation } from '../../supervisor/operations/progress.ts'
import type { Handler } from '../daemon-context.ts'

export const progress: Handler<'progress'> = ({ supervisor }, params) => operation(supervisor, params)
