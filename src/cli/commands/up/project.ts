/** The project of a file: its name here, and the processes of the file under their full names. */
import { realpathSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { FileProcess } from '../../../files/file-process.ts'
import { baseOf } from '../../../files/plan.ts'
import { fullName, projectNameOf } from '../../../protocol/project.ts'
import type { Context } from '../../context.ts'
import { checkedName, chooseName, NONE } from '../../input/project-name.ts'
import { beforeAll } from './before-all.ts'

export interface FileProject {
  /** null = its processes are in no project. */
  name: string | null
  directory: string
}

/** Of `--project`, the file's own `project:`, or the name of its directory. */
export async function projectOfFile(context: Context, file: string, asked: string | null): Promise<FileProject> {
  // A pipe is typed where it is meant.
  const directory = /^\/(?:dev|proc)\//.test(file) ? context.io.cwd : realDirectory(file)
  if (asked === NONE) return { name: null, directory }
  const wanted = asked === null ? projectNameOf(basename(directory)) : checkedName(asked)
  const name = chooseName(wanted, directory, await beforeAll(context.request('projects', {})))
  if (name !== wanted) context.note(`the project is ${name} here: ${wanted} is that of another directory`)
  context.names.enter(name)
  return { name, directory }
}

function realDirectory(file: string): string {
  const directory = dirname(file)
  try {
    return realpathSync(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return directory
  }
}

/** What a process of the file waits for is looked for in the file first. */
export function inProject(processes: readonly FileProcess[], all: ReadonlySet<string>, project: string | null): FileProcess[] {
  if (project === null) return [...processes]
  return processes.map((process) => {
    const { definition } = process
    const after = definition.after?.map((each) => ({
      ...each,
      name: all.has(each.name) || all.has(baseOf(each.name)) ? fullName(project, each.name) : each.name,
    }))
    return { ...process, definition: { ...definition, name: fullName(project, definition.name), ...(after && { after }) } }
  })
}
