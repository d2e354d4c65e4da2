/** doctor: looks for what commonly goes wrong, with advice. The checks are in the extra bundle. */
import type { CommandSpec } from '../command.ts'

export const doctor: CommandSpec = {
  name: 'doctor',
  group: 'daemon',
  summary: 'check this machine, the files and the daemon; exit 1 if something is wrong',
  define: () => async (context) => (await context.io.loadExtra()).doctor(context),
}
