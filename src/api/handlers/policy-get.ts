import { policyGet as operation } from '../../supervisor/operations/policy-get.ts'
import type { Handler } from '../daemon-context.ts'

export const policyGet: Handler<'policy.get'> = ({ supervisor }, params) => operation(supervisor, params)
