import { policySet as operation } from '../../supervisor/operations/policy-set.ts'
import type { Handler } from '../daemon-context.ts'

export const policySet: Handler<'policy.set'> = ({ supervisor }, params) => operation(supervisor, params)
