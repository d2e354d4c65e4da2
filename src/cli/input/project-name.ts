/** The name of a project: of an option, or of a directory. */
import { PtrackError } from '../../protocol/errors.ts'
import { badProjectName, otherProjectName } from '../../protocol/project.ts'
import type { ProjectView } from '../../protocol/view.ts'

/** `--project none`. */
export const NONE = 'none'

export function checkedName(asked: string): string {
  const why = badProjectName(asked)
  if (why !== null) throw new PtrackError('USAGE', `cannot use the project ${JSON.stringify(asked)}: ${why}`)
  return asked
}

/** The same one every time: four digits of the directory's hash where the name is another directory's. */
export function chooseName(wanted: string, directory: string, known: readonly ProjectView[]): string {
  const holder = known.find(({ name }) => name === wanted)
  if (holder === undefined || holder.directory === directory || holder.gone) return wanted
  return otherProjectName(wanted, directory)
}
