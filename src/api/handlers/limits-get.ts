import { limitsGet as operation } from '../../supervisor/operations/limits-get.ts'
import type { Handler } from '../daemon-context.ts'

export const limitsGet: Handler<'limits.get'> = ({ supervisor }) => operation(supervisor)
