/** events: those that the daemon still has, then the new ones. */
import { subscribeForever } from '../../../client/reconnecting.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import { limits } from '../../../protocol/limits.ts'
import { gapWords } from '../../../words/gap.ts'
import type { Context } from '../../context.ts'
import { following } from '../../following.ts'
import { eventLine } from './event-line.ts'
import { fleetEvents } from './fleet.ts'
import type { EventsOptions } from './options.ts'

const SHOWN = 50

/** Not the whole ring: during the request others push out some, and the answer would be a snapshot. */
const SPARED = 0.1

/** Filtered here, not by the daemon, so that the numbers are contiguous and the last one marks the end of the replay. */
async function wanted(context: Context, options: EventsOptions, targets: string[]): Promise<(event: PtrackEvent) => boolean> {
  const views = targets.length > 0 ? await context.request('list', { targets, all: true }) : []
  const ids = new Set(views.map((view) => view.id))
  return (event) =>
    (options.type === undefined || options.type.includes(event.type)) &&
    (targets.length === 0 ||
      (event.id !== null && ids.has(event.id)) ||
      (event.process !== null && targets.includes(event.process)))
}

async function replay(context: Context, options: EventsOptions, targets: string[]): Promise<PtrackEvent[]> {
  const wants = await wanted(context, options, targets)
  const client = await context.clientIfHome()
  if (client === null) return []
  const { eventSeq, eventOldest } = await client.request('daemon.status', {})
  const oldest = eventOldest === 1 ? 0 : eventOldest + Math.floor((eventSeq - eventOldest) * SPARED)
  if (options.since !== undefined && options.since < oldest)
    context.note(`events before ${oldest + 1} may be missing: the daemon keeps the last ${limits.eventRing}, fewer of large ones`)
  const reply = await client.request('subscribe', { since: Math.min(eventSeq, Math.max(options.since ?? 0, oldest)) })
  const events: PtrackEvent[] = []
  if (reply.replayed > 0) {
    await new Promise<void>((resolve) => {
      client.on('event', ({ event }) => {
        if (event.seq <= reply.seq && wants(event)) events.push(event)
        if (event.seq >= reply.seq) resolve()
      })
      client.closed.then(() => resolve())
    })
  }
  const lines = options.lines ?? (options.since === undefined ? SHOWN : events.length)
  return lines === 0 ? [] : events.slice(-lines)
}

async function follow(
  context: Context,
  options: EventsOptions,
  targets: string[],
  print: (event: PtrackEvent) => void,
): Promise<number> {
  const controller = new AbortController()
  context.io.onInterrupt(() => controller.abort())
  let started = false
  const feed = subscribeForever({
    connect: following(context),
    filter: { types: options.type, ...(targets.length ? { targets } : {}) },
    since: options.since,
    signal: controller.signal,
  })
  for await (const item of feed) {
    if (item.kind === 'connected') started = true
    else if (item.kind === 'disconnected' && started && !controller.signal.aborted)
      context.note('the daemon is gone, reconnecting')
    else if (item.kind === 'snapshot' && item.gap) context.note(gapWords(item.seq))
    else if (item.kind === 'event') print(item.event)
  }
  return 0
}

export async function events(context: Context, targets: string[], options: EventsOptions): Promise<number> {
  if (options.fleet) return fleetEvents(context, targets, options)
  const print = (event: PtrackEvent): void => context.print(context.json ? JSON.stringify(event) : eventLine(event, Date.now()))
  if (options.follow) return follow(context, options, targets, print)
  for (const event of await replay(context, options, targets)) print(event)
  return 0
}
