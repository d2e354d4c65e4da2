/** watch: the view on a terminal; elsewhere events as JSON lines. */
import { subscribeForever } from '../../../client/reconnecting.ts'
import { connectThroughFleet } from '../../../client/through-fleet.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Filter } from '../../../protocol/requests.ts'
import { gapWords } from '../../../words/gap.ts'
import type { SortKey } from '../../../words/sort.ts'
import { CLIENT_NAME, type Context } from '../../context.ts'
import { following } from '../../following.ts'
import { colorWanted } from '../../output/style.ts'

const about = (filter: Filter): { targets?: string[] } => (filter.targets?.length ? { targets: filter.targets } : {})

async function asLines(context: Context, filter: Filter): Promise<number> {
  const controller = new AbortController()
  const stopListening = context.io.onInterrupt(() => controller.abort())
  let met = false
  try {
    for await (const item of subscribeForever({
      connect: following(context),
      filter: about(filter),
      signal: controller.signal,
    })) {
      met ||= item.kind === 'connected'
      if (item.kind === 'event') context.printJson(item.event)
      if (item.kind === 'snapshot' && item.gap) context.note(gapWords(item.seq))
      if (item.kind === 'disconnected' && met && !controller.signal.aborted) context.note('the daemon is gone, reconnecting')
    }
    return 0
  } finally {
    stopListening()
  }
}

export interface WatchOptions {
  sort: SortKey
  fleet: boolean
}

export async function watch(context: Context, filter: Filter, { sort, fleet }: WatchOptions): Promise<number> {
  const { stdin, stdout } = process
  // Without a keyboard it could not be left.
  if (!context.io.stdoutIsTty || !stdin.isTTY || context.json) {
    if (!fleet) return asLines(context, filter)
    return (await import('../events/fleet.ts')).fleetEvents(context, filter.targets ?? [], { follow: true })
  }
  if (process.env.TERM === 'dumb')
    throw new PtrackError('USAGE', 'cannot show the view: a terminal of TERM=dumb cannot be drawn on', {
      hint: 'set TERM to what the terminal is, or take `ptrack watch --json`',
    })
  const { View } = await import('../../../tui/view.ts')
  // A node of the fleet is reached through this home's daemon; what a context names is not of it.
  const isOnBus = context.remote === null || context.remote.url === ''
  const view = new View({
    connect: () => context.clientIfHome(),
    connectOnly: () => context.connectOnly(),
    connectTo: isOnBus ? (node) => connectThroughFleet(node, { home: context.home, clientName: CLIENT_NAME }) : null,
    place: fleet ? 'fleet' : 'list',
    filter,
    sort,
    color: colorWanted(context.io.env, true, context.preferences.color),
    remote: context.remote?.name ?? null,
    env: process.env,
    stdin,
    stdout,
  })
  return view.run()
}
