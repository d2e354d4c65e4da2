import { wait as operation } from '../../supervisor/operations/wait.ts'
import type { Handler } from '../daemon-context.ts'

export const wait: Handler<'wait'> = ({ supervisor }, params) => operation(supervisor, params)
