/** down: stops what a file names or has started. */
import { existsSync } from 'node:fs'
import type { PtrackYaml } from '../../../files/yaml/read.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { fullName } from '../../../protocol/project.ts'
import type { Context } from '../../context.ts'
import { printResults } from '../../output/results.ts'
import { otherFileOf } from '../up/bring-up.ts'
import { existing } from '../up/existing.ts'
import { foreignFormat } from '../up/foreign.ts'
import { locate, readHere, refuseRemote } from '../up/locate.ts'
import { projectOfFile } from '../up/project.ts'

export interface DownOptions {
  file?: string
  delete?: boolean
  project?: string
}

/** Stops all that the file names or has started, dependents first. For a foreign or missing file: what was started from it. */
export async function down(context: Context, options: DownOptions): Promise<number> {
  refuseRemote(context, 'down')
  const file = locate(context, options.file)
  const read = !existsSync(file) || foreignFormat(file) !== null ? null : readable(context, file)
  const named = read ? [...read.processes.map(({ definition }) => definition.name), ...read.inactive] : []
  const { name: project } = await projectOfFile(context, file, options.project ?? read?.project ?? null)
  const names = new Set(named.map((name) => fullName(project, name)))
  const found = await existing(context, { names, file })
  const has = found.filter((each) => otherFileOf(each, file) === null)
  for (const each of found) {
    const other = otherFileOf(each, file)
    if (other !== null) context.note(`${each.name} is left alone: ${other} brought it`)
  }
  // A missing or invalid file that has started nothing: the error of reading it.
  if (found.length === 0 && read === null && (!existsSync(file) || foreignFormat(file) === null)) readHere(context, file, {})
  const verb = options.delete ? 'delete' : 'stop'
  if (has.length === 0) return printResults(context, verb, [])
  const targets = has.map(({ name }) => name)
  return printResults(context, verb, await context.request(verb, { targets }))
}

/** null for an invalid file: what it started is known without it. */
function readable(context: Context, file: string): PtrackYaml | null {
  try {
    return readHere(context, file, {})
  } catch (error) {
    if (!(error instanceof PtrackError) || error.code !== 'BAD_FILE') throw error
    context.note(`${error.message}; what ${file} has brought is ended all the same`)
    return null
  }
}
