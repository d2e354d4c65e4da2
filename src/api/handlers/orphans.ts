import { orphans as operation } from '../../supervisor/operations/orphans.ts'
import type { Handler } from '../daemon-context.ts'

export const orphans: Handler<'orphans'> = ({ supervisor }) => operation(supervisor)
