/** fleet.resolve: which node each word of a command line means. A local process of that very name comes first. */
import type { Asker } from '../../core/fleet/messages.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { type ResolvedWord, splitAtNode } from '../../protocol/fleet.ts'
import { FLEET_WORD } from '../../protocol/fleet-jobs.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { FleetKeeper } from '../fleet/fleet-keeper.ts'

export async function fleetResolve(
  { fleet, registry }: Supervisor,
  { words }: Params<'fleet.resolve'>,
  asker: Asker,
): Promise<Reply<'fleet.resolve'>> {
  const { joined } = fleet
  if (joined === null) return { node: null, words: words.map(() => null), unknown: [] }
  const self = joined.membership.node
  const meant = words.flatMap((word) => splitAtNode(word)?.node ?? []).filter((node) => node !== FLEET_WORD)
  if (!meant.every((node) => joined.isNode(node))) await joined.namesKnown(meant)
  const unknown = new Set<string>()
  const resolve = async (word: string): Promise<ResolvedWord | null> => {
    const split = splitAtNode(word)
    if (split === null || registry.named(word) !== undefined || registry.inProjects(word).length > 0) return null
    if (joined.isNode(split.node)) return { target: split.target, node: split.node }
    if (split.node === FLEET_WORD && joined.membership.own !== null) return placed(joined, split.target, asker)
    unknown.add(split.node)
    return null
  }
  return { node: self, words: await Promise.all(words.map(resolve)), unknown: [...unknown] }
}

/** A job of the fleet, as the process that it is on its node. Throws NOT_FOUND, and NOT_RUNNING while it is on none. */
async function placed(joined: FleetKeeper, word: string, asker: Asker): Promise<ResolvedWord> {
  const what = `reach ${word}@${FLEET_WORD}`
  const [job] = await joined.jobs(what, { ask: 'jobs', asker, words: [word], open: false })
  const { node, process, state, reason } = job!
  if (node !== null && process !== null) return { node, target: process }
  const why = reason === null ? '' : ` (${reason})`
  throw new PtrackError(
    'NOT_RUNNING',
    state === 'ended' ? `cannot ${what}: it has ended before it ran${why}` : `cannot ${what}: it is ${state}${why}`,
    {
      hint: `\`ptrack fleet jobs ${word}\` shows it${state === 'ended' ? '' : `, \`ptrack fleet cancel ${word}\` takes it back`}`,
    },
  )
}
