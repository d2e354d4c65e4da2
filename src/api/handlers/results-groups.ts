import { resultsGroups as operation } from '../../supervisor/operations/results-groups.ts'
import type { Handler } from '../daemon-context.ts'

export const resultsGroups: Handler<'results.groups'> = ({ supervisor }, params, { signal }) =>
  operation(supervisor, params, signal)
