import { policyDelete as operation } from '../../supervisor/operations/policy-delete.ts'
import type { Handler } from '../daemon-context.ts'

export const policyDelete: Handler<'policy.delete'> = ({ supervisor }, params) => operation(supervisor, params)
