/** projects: namespaces with a directory each. */
import type { CommandSpec } from '../command.ts'

export const projects: CommandSpec = {
  name: 'projects',
  group: 'looking',
  summary: 'list projects: their directories, and how many of their processes run',
  define: () => async (context) => (await import('./projects/projects.ts')).projects(context),
}
