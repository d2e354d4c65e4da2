/** Owners of processes: the registry, and those deleted for as long as their events are held. */
import type { Supervisor } from '../supervisor/create-supervisor.ts'
import { select } from '../supervisor/operations/shared/select.ts'
import { type Managed, nameOf } from '../supervisor/registry.ts'
import type { ScopedNames } from './guard.ts'
import type { Known, Processes } from './own-processes.ts'

const knownOf = (managed: Managed): Known => ({
  id: managed.record.id,
  name: nameOf(managed),
  owner: managed.record.owner,
})

export function knownProcesses(supervisor: Supervisor): Processes {
  const { registry, formerOwners } = supervisor
  const known = (managed: Managed | undefined): Known | undefined => (managed === undefined ? undefined : knownOf(managed))
  return {
    get: (id) => known(registry.get(id)),
    named: (name) => known(registry.named(name)),
    matching: (target) => select(supervisor, [target]).matched.map(knownOf),
    formerOwner: (id) => formerOwners.of(id),
  }
}

/** What a word can mean to a caller. */
export const namesOf = ({ registry, projects }: Pick<Supervisor, 'registry' | 'projects'>): ScopedNames => ({
  has: (meaning, word) => registry.has(meaning, word),
  inProjects: (word) => registry.inProjects(word),
  projectAt: (directory) => projects.at(directory),
})
