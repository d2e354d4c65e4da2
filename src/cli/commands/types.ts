/** types: the labels of processes, with their limits and policies. */
import type { CommandSpec } from '../command.ts'

export const types: CommandSpec = {
  name: 'types',
  group: 'looking',
  summary: 'list types with their policies and limits',
  define: () => async (context) => (await import('./types/types.ts')).types(context),
}
