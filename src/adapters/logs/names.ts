/**
 * Names under which logs are kept. Those of a process stand under its own name; when the name is given to another one,
 * they move to NAME~ID, where ID is the process that wrote them. `~` is in no name of a process, so the two cannot meet.
 */
import { ProcessName } from '../../protocol/definition.ts'
import { roleOf } from './paths.ts'

const SEPARATOR = '~'

export interface LogOwner {
  name: string
  /** Id of the process that wrote them when its name belongs to another one by now; null while they stand under the plain name. */
  id: string | null
}

/** What `logs/` calls the logs of a process whose name another one has taken. */
export const formerName = (name: string, id: string): string => `${name}${SEPARATOR}${id}`

/** The owner of logs that are kept under this name, or null when none can have it. */
export function ownerOfName(kept: string): LogOwner | null {
  const at = kept.lastIndexOf(SEPARATOR)
  const name = at === -1 ? kept : kept.slice(0, at)
  const id = at === -1 ? null : kept.slice(at + 1)
  if (!ProcessName.safeParse(name).success || (id !== null && !/^[0-9a-z]+$/.test(id))) return null
  return { name, id }
}

/** Whose log, archive, index or half-made file this is, by its name in `logs/`; null for anything else. */
export function ownerOfFile(file: string): LogOwner | null {
  const role = roleOf(file)
  return role && ownerOfName(role.name)
}
