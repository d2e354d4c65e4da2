/** doctor: checks for common problems, with advice. */
import type { CommandSpec } from '../command.ts'

export const doctor: CommandSpec = {
  name: 'doctor',
  group: 'daemon',
  local: true,
  summary: 'check this machine, the files and the daemon; exit 1 if something is wrong',
  define: () => async (context) => (await import('./doctor/doctor.ts')).doctor(context),
}
