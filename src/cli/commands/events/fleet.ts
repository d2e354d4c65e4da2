/** events --fleet: those of all nodes, by the numbers of the fleet, from whatever node. */
import { setTimeout as pause } from 'node:timers/promises'
import { Backoff } from '../../../protocol/backoff.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import type { FleetEvent, FleetEventsPage, FleetGap } from '../../../protocol/fleet.ts'
import { fleetLimits } from '../../../protocol/fleet-limits.ts'
import { isLabel } from '../../../protocol/patterns.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { nameTest } from '../fleet/name-test.ts'
import { eventLine } from './event-line.ts'
import type { EventsOptions } from './options.ts'

const SHOWN = 50
/** Messages that are read back to find the last events, where not all are wanted. */
const READ_BACK = 10_000

type Item = FleetEvent | FleetGap
const isGap = (item: Item): item is FleetGap => 'gap' in item

/** NAME, also of instances, a glob, an id, and each of them @NODE; of every node otherwise. What tags it has an event does not say. */
function meantBy(word: string): (event: FleetEvent) => boolean {
  if (word === 'all') return () => true
  if (isLabel(word))
    throw new PtrackError('USAGE', `cannot show events of ${word}: those of a fleet know names and ids alone`, {
      hint: 'name the processes',
    })
  const isName = nameTest(word)
  return ({ process, node, id }) => word === id || (process !== null && (isName(process) || isName(`${process}@${node}`)))
}

function line(item: Item, nowMs: number, nodeChars: number): string {
  const node = item.node.padEnd(nodeChars)
  if (isGap(item)) return clean(`${item.fleetSeq} ${node} missing: ${item.gap}`)
  const { fleetSeq, node: _node, epoch: _epoch, owner: _owner, seq: _seq, ...event } = item
  return `${fleetSeq} ${clean(node)} ${eventLine({ ...event, seq: 0 } as unknown as PtrackEvent, nowMs).slice(2)}`
}

export async function fleetEvents(context: Context, targets: string[], options: EventsOptions): Promise<number> {
  let nodeChars = 0
  const meant = targets.map(meantBy)
  const wants = (item: Item): boolean =>
    (options.node === undefined || item.node === options.node) &&
    (isGap(item) ||
      ((meant.length === 0 || meant.some((isMeant) => isMeant(item))) &&
        (options.type === undefined || options.type.includes(item.type))))
  const print = (item: Item): void => {
    nodeChars = Math.max(nodeChars, item.node.length)
    context.print(context.json ? JSON.stringify(item) : line(item, Date.now(), nodeChars))
  }
  if (options.follow) return follow(context, options, wants, print)
  const wanted: Item[] = []
  const most = options.lines ?? (options.since === undefined ? SHOWN : Number.POSITIVE_INFINITY)
  for await (const page of pages(context, await beginning(context, options, targets.length > 0 || options.node !== undefined))) {
    noteGap(context, page)
    // A part of them is enough memory for the last ones.
    wanted.push(...page.events.filter(wants))
    if (most !== Number.POSITIVE_INFINITY) wanted.splice(0, wanted.length - most)
    else for (const item of wanted.splice(0)) print(item)
  }
  for (const item of wanted) print(item)
  return 0
}

async function beginning(context: Context, { since, type, lines = SHOWN }: EventsOptions, isNamed: boolean): Promise<number> {
  if (since !== undefined) return since
  const { first, last } = await context.request('fleet.events', {})
  // Each message brings at least one event, to those who may see all of them.
  const back = isNamed || type !== undefined ? READ_BACK : Math.max(lines, READ_BACK / 10)
  return Math.max(first - 1, last - back, 0)
}

/** Up to the present end. */
async function* pages(context: Context, from: number): AsyncGenerator<FleetEventsPage> {
  for (let since = from; ; ) {
    const page = await context.request('fleet.events', { since })
    yield page
    if (!page.more) return
    since = page.next
  }
}

/** Goes on when the bus, or what is between, is back: from the number where it was. */
async function follow(
  context: Context,
  { since: given }: EventsOptions,
  wants: (item: Item) => boolean,
  print: (item: Item) => void,
): Promise<number> {
  const controller = new AbortController()
  const { signal } = controller
  context.io.onInterrupt(() => controller.abort())
  const interrupted = new Promise<null>((resolve) => signal.addEventListener('abort', () => resolve(null)))
  const backoff = new Backoff()
  let since = given ?? null
  let stream: string | null = null
  let away: string | null = null
  while (!signal.aborted) {
    try {
      const asked: Promise<FleetEventsPage> = context.request('fleet.events', {
        ...(since === null ? {} : { since, waitMs: fleetLimits.eventsWaitMs }),
        ...(stream === null ? {} : { stream }),
      })
      const page: FleetEventsPage | null = await Promise.race([asked, interrupted])
      if (page === null) {
        // Nobody waits for this answer any more.
        asked.catch(() => {})
        break
      }
      if (away !== null) context.note('the events of the fleet are here again')
      away = null
      backoff.reset()
      if (since !== null) noteGap(context, page)
      since = page.next
      stream = page.stream
      for (const item of page.events) if (wants(item)) print(item)
    } catch (error) {
      // Who cannot begin hears why at once.
      if (!isPassing(error) || since === null) throw error
      if (away === null) context.note(`${error.message}; trying again`)
      away = error.message
      await Promise.race([pause(backoff.next()), interrupted])
    }
  }
  return 0
}

const isPassing = (error: unknown): error is PtrackError =>
  error instanceof PtrackError && ['BUS_DOWN', 'NODE_AWAY', 'UNREACHABLE'].includes(error.code)

function noteGap(context: Context, { gap, first }: FleetEventsPage): void {
  if (gap === 'expired') context.note(`events before ${first} are kept no more`)
  if (gap === 'anew') context.note('the events were begun anew on the bus, with other numbers: all of them follow')
}
