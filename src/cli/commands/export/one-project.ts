/** A file describes one project: its processes under their names in it. */
import type { FileProcess } from '../../../files/file-process.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { projectOf, shortName } from '../../../protocol/project.ts'

/** Throws USAGE for processes of several. */
export function oneProject(processes: readonly FileProcess[]): { project: string | null; processes: FileProcess[] } {
  const projects = [...new Set(processes.map(({ definition }) => projectOf(definition.name)))]
  const [project = null] = projects
  if (projects.length > 1) {
    const each = projects.map((name) => name ?? 'no project').sort()
    const [named] = projects.filter((name) => name !== null)
    throw new PtrackError('USAGE', `cannot export to one ptrack.yaml: the processes are of ${each.join(', ')}`, {
      hint: `name those of one: \`ptrack export ${named}/\``,
    })
  }
  const inside = (name: string): string => (projectOf(name) === project ? shortName(name) : name)
  return { project, processes: processes.map((process) => renamed(process, inside)) }
}

function renamed({ definition, ...rest }: FileProcess, inside: (name: string) => string): FileProcess {
  const { name, after } = definition
  return {
    ...rest,
    definition: {
      ...definition,
      name: inside(name),
      ...(after && { after: after.map((each) => ({ ...each, name: inside(each.name) })) }),
    },
  }
}
