/** Names under which logs are kept: the process's own, or NAME~ID once the name is reused. No process name contains `~`. */
import { FullName } from '../../protocol/definition.ts'
import { roleOf } from './paths.ts'

const SEPARATOR = '~'

export interface LogOwner {
  name: string
  /** Id of the process that wrote them when its name was reused; null while they have the plain name. */
  id: string | null
}

export const formerName = (name: string, id: string): string => `${name}${SEPARATOR}${id}`

/** The owner of logs kept under this name, or null for an impossible one. */
export function ownerOfName(kept: string): LogOwner | null {
  const at = kept.lastIndexOf(SEPARATOR)
  const name = at === -1 ? kept : kept.slice(0, at)
  const id = at === -1 ? null : kept.slice(at + 1)
  if (!FullName.safeParse(name).success || (id !== null && !/^[0-9a-z]+$/.test(id))) return null
  return { name, id }
}

/** The owner of a file in `logs/` (log, archive, index or temporary file); null for anything else. */
export function ownerOfFile(file: string): LogOwner | null {
  const role = roleOf(file)
  return role && ownerOfName(role.name)
}
