import { retentionSet as operation } from '../../supervisor/operations/retention-set.ts'
import type { Handler } from '../daemon-context.ts'

export const retentionSet: Handler<'retention.set'> = ({ supervisor }, params) => operation(supervisor, params)
