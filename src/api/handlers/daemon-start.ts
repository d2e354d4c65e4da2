import { daemonStart as operation } from '../../supervisor/operations/daemon-start.ts'
import type { Handler } from '../daemon-context.ts'

export const daemonStart: Handler<'daemon.start'> = ({ supervisor }) => operation(supervisor)
