import { runs as operation } from '../../supervisor/operations/runs.ts'
import type { Handler } from '../daemon-context.ts'

export const runs: Handler<'runs'> = ({ supervisor }, params) => operation(supervisor, params)
