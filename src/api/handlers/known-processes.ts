/** Whose processes are: the registry, and for as long as their events are held, those that are gone. */
import { limits } from '../../protocol/limits.ts'
import type { Orchestrator } from '../../supervisor/orchestrator.ts'
import { type Managed, nameOf } from '../../supervisor/registry.ts'
import type { Known, Processes } from '../own-processes.ts'
import { select } from './select.ts'

const knownOf = (managed: Managed): Known => ({
  id: managed.record.id,
  name: nameOf(managed),
  owner: managed.record.owner,
})

export function knownProcesses(orchestrator: Orchestrator): Processes {
  const { registry } = orchestrator
  const former = new Map<string, string>()
  orchestrator.companions.push({
    removed: ({ record }) => {
      former.set(record.id, record.owner)
      // Each has told an event at least, so there are no more of them in the ring.
      if (former.size > limits.eventRing) former.delete(former.keys().next().value!)
    },
  })
  const known = (managed: Managed | undefined): Known | undefined => (managed === undefined ? undefined : knownOf(managed))
  return {
    get: (id) => known(registry.get(id)),
    named: (name) => known(registry.named(name)),
    matching: (target) => select(orchestrator, [target]).matched.map(knownOf),
    formerOwner: (id) => former.get(id),
  }
}
