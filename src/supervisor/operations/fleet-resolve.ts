/** fleet.resolve: which node each word of a command line means. A local process of that very name comes first. */
import { splitAtNode } from '../../protocol/fleet.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

export async function fleetResolve(
  { fleet, registry }: Supervisor,
  { words }: Params<'fleet.resolve'>,
): Promise<Reply<'fleet.resolve'>> {
  const { joined } = fleet
  if (joined === null) return { node: null, words: words.map(() => null), unknown: [] }
  const self = joined.membership.node
  const meant = words.flatMap((word) => splitAtNode(word)?.node ?? [])
  if (!meant.every((node) => joined.isNode(node))) await joined.namesKnown(meant)
  const unknown = new Set<string>()
  const resolved = words.map((word) => {
    const split = splitAtNode(word)
    if (split === null || registry.named(word) !== undefined || registry.inProjects(word).length > 0) return null
    if (!joined.isNode(split.node)) {
      unknown.add(split.node)
      return null
    }
    return { target: split.target, node: split.node }
  })
  return { node: self, words: resolved, unknown: [...unknown] }
}
