/** watch: the list, redrawn in place as it changes; not on a terminal, the events as JSON lines. */
import { type FeedItem, subscribeForever } from '../../client/reconnecting.ts'
import { isEnded } from '../../protocol/names.ts'
import type { Filter } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { type SortKey, sortViews } from '../../words/sort.ts'
import type { Context } from '../context.ts'
import { renderList } from '../render-list.ts'

const FRAME_MS = 100
/** Uptimes and countdowns move without news. */
const TICK_MS = 1000

/** What the screen shows; fed by the daemon, drawn from at most ten times a second. */
export interface Screen {
  views: Map<string, ProcessView>
  away: boolean
}

const jsonAbout = (filter: Filter): { targets?: string[] } => (filter.targets?.length ? { targets: filter.targets } : {})

/** As in `ls`: jobs that ended longer ago are left out, unless all or single ones are asked for. */
const RECENT_MS = 60 * 60 * 1000

/** The daemon pushes every view; which of them are wanted is decided here as `list` would. */
export function wantedBy(filter: Filter, nowMs: number): (view: ProcessView) => boolean {
  const old = (view: ProcessView): boolean =>
    view.kind !== 'service' && isEnded(view.status) && nowMs - Date.parse(view.endedAt ?? view.since) >= RECENT_MS
  const takesOld = filter.all === true || (filter.targets?.length ?? 0) > 0
  return (view) =>
    (takesOld || !old(view)) &&
    (filter.type === undefined || view.type === filter.type) &&
    (filter.status === undefined || filter.status.includes(view.status)) &&
    (filter.owner === undefined || view.owner === filter.owner) &&
    (filter.tag === undefined || view.tags.includes(filter.tag))
}

export function feedScreen(screen: Screen, item: FeedItem): void {
  if (item.kind === 'disconnected') screen.away = true
  if (item.kind === 'connected') screen.away = false
  if (item.kind === 'snapshot') screen.views = new Map(item.views.map((view) => [view.id, view]))
  if (item.kind === 'views') {
    for (const view of item.changed) screen.views.set(view.id, view)
    for (const id of item.removed) screen.views.delete(id)
  }
}

/** Lines that fit the terminal: a heading, the list, and how many did not fit. */
export function drawScreen(
  screen: Screen,
  context: Pick<Context, 'style' | 'preferences'>,
  size: { columns: number; rows: number },
  filter: Filter,
  sort: SortKey,
  nowMs: number,
): string[] {
  const { style } = context
  const views = sortViews([...screen.views.values()].filter(wantedBy(filter, nowMs)), sort, nowMs)
  const alive = views.filter((view) => view.pid !== null).length
  const state = screen.away ? style.red('daemon gone, reconnecting') : new Date(nowMs).toTimeString().slice(0, 8)
  const lines = [`${style.bold('ptrack')}  ${views.length} processes, ${alive} alive  ${state}  ${style.dim('q quits')}`, '']
  const room = Math.max(1, size.rows - lines.length - 2)
  const shown = views.length > room ? views.slice(0, room) : views
  if (views.length === 0) lines.push(style.dim('no processes; start one with `ptrack start -- COMMAND`'))
  else lines.push(...renderList(shown, { style, width: size.columns, nowMs, columns: context.preferences.lsColumns }))
  if (shown.length < views.length) lines.push(style.dim(`and ${views.length - shown.length} more`))
  return lines
}

function feed(context: Context, filter: Filter, signal: AbortSignal, views: boolean): AsyncGenerator<FeedItem, void, void> {
  let met = false
  return subscribeForever({
    connect: async () => {
      const client = await (met ? context.connectOnly() : context.client())
      met = true
      return client
    },
    filter: jsonAbout(filter),
    views,
    signal,
  })
}

async function asLines(context: Context, filter: Filter, signal: AbortSignal): Promise<number> {
  for await (const item of feed(context, filter, signal, false)) {
    if (item.kind === 'event') context.printJson(item.event)
    if (item.kind === 'snapshot' && item.gap) context.note(`some events before ${item.seq} were missed`)
    if (item.kind === 'disconnected' && !signal.aborted) context.note('the daemon is gone, reconnecting')
  }
  return 0
}

export async function watch(context: Context, filter: Filter, sort: SortKey): Promise<number> {
  const controller = new AbortController()
  const quit = (): void => controller.abort()
  const stopListening = context.io.onInterrupt(quit)
  try {
    if (!context.io.stdoutIsTty || context.json) return await asLines(context, filter, controller.signal)
    return await onTerminal(context, filter, sort, controller)
  } finally {
    stopListening()
  }
}

async function onTerminal(context: Context, filter: Filter, sort: SortKey, controller: AbortController): Promise<number> {
  const { stdin, stdout } = process
  const screen: Screen = { views: new Map(), away: false }
  let frame: NodeJS.Timeout | null = null
  const draw = (): void => {
    frame = null
    const size = { columns: stdout.columns || 80, rows: stdout.rows || 24 }
    const lines = drawScreen(screen, context, size, filter, sort, Date.now())
    // Home, each line cleared to its end, the rest below cleared: no flicker, unlike clearing the whole screen.
    context.io.out(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\n')}\x1b[J`)
  }
  const schedule = (): void => {
    frame ??= setTimeout(draw, FRAME_MS)
  }
  const onKey = (bytes: Buffer): void => {
    // In raw mode Ctrl-C is a byte, not a signal.
    if (/[qQ\x03\x04]/.test(bytes.toString('latin1'))) controller.abort()
  }
  const tick = setInterval(schedule, TICK_MS)
  stdout.on('resize', schedule)
  if (stdin.isTTY) {
    stdin.setRawMode(true)
    stdin.on('data', onKey)
  }
  // A list that needs the daemon must fail as other commands do, before the screen is taken.
  await context.client()
  context.io.out('\x1b[?1049h\x1b[?25l')
  try {
    for await (const item of feed(context, filter, controller.signal, true)) {
      feedScreen(screen, item)
      schedule()
    }
  } finally {
    clearInterval(tick)
    if (frame) clearTimeout(frame)
    stdout.off('resize', schedule)
    if (stdin.isTTY) {
      stdin.setRawMode(false)
      stdin.off('data', onKey)
      stdin.pause()
    }
    context.io.out('\x1b[?25h\x1b[?1049l')
  }
  return 0
}
