import { results as operation } from '../../supervisor/operations/results.ts'
import type { Handler } from '../daemon-context.ts'

export const results: Handler<'results'> = ({ supervisor }, params, { signal }) => operation(supervisor, params, signal)
