/** results: rows as reported, from the first on, and with -f each further one once, across restarts of the daemon. */
import type { Client } from '../../../client/client.ts'
import { isAway, reconnect } from '../../../client/log-stream.ts'
import type { Attempts } from '../../../protocol/attempts.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { limits } from '../../../protocol/limits.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'
import { isInstanceOf, oneOrMany } from '../../output/one-or-many.ts'
import { orAborted } from '../../output/or-aborted.ts'
import { resultsOfMany } from './of-many.ts'
import { type ResultsOptions, type Writer, writerFor } from './writer.ts'

/** The reading position; outlives the connection. */
interface Place {
  from: number
  answered: boolean
  over: boolean
  wrote: boolean
  noticed: boolean
  ended: boolean
}

interface Query {
  target: string
  of: string | null
  run: number | undefined
  attempts: Attempts | undefined
  follow: boolean
}

/** Until all present (or, with `follow`, all future) rows are written, or the signal. */
async function read(
  context: Context,
  client: Client,
  query: Query,
  place: Place,
  writer: Writer,
  enough: AbortSignal,
): Promise<void> {
  const { target, of, run, attempts, follow } = query
  while (!place.over && !enough.aborted) {
    // The first request does not wait, so that an unknown name is reported at once.
    const waitMs = follow && place.answered ? limits.longPollMs : 0
    const page = await orAborted(client.request('results', { target, run, attempts, from: place.from, waitMs }), enough)
    if (page === null) return
    if (of !== null && (page.id !== target || (page.name !== of && !isInstanceOf(of, page.name))))
      throw new PtrackError('NOT_FOUND', `cannot find '${target}': no process named ${of} has this id`, {
        hint: `\`ptrack history ${of} --format json\` has their ids`,
      })
    for (const notice of page.notices) context.note(notice)
    const text = writer.page(page.rows)
    const room = text === '' ? null : context.io.pour('out', text)
    place.from = page.next
    place.answered = true
    place.ended = page.ended
    place.wrote ||= page.rows.length > 0
    place.noticed ||= page.notices.length > 0
    place.over = !page.more && (page.ended || !follow)
    if (room) await orAborted(room, enough)
  }
}

/** Present rows; null without any, though there may have been some. */
async function present(context: Context, target: string): Promise<readonly ProcessView[] | null> {
  try {
    return await context.request('list', { targets: [target], all: true })
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
    throw error
  }
}

export async function results(context: Context, name: string, options: ResultsOptions): Promise<number> {
  if (options.id !== undefined) return resultsOfOne(context, name, { target: options.id, of: name }, options)
  const views = await present(context, name)
  if (views === null || !Array.isArray(oneOrMany([name], views, (view) => view.name)))
    return resultsOfOne(context, name, { target: name, of: null }, options)
  const [only, another] = views
  if (!options.follow) return resultsOfMany(context, name, views, options)
  if (only !== undefined && another === undefined) return resultsOfOne(context, name, { target: only.id, of: null }, options)
  throw new PtrackError('USAGE', `cannot follow the results of ${name}: ${views.length} processes match it; name one of them`)
}

/** `of`: the expected name of the process with the id `target`. */
async function resultsOfOne(
  context: Context,
  asked: string,
  which: { target: string; of: string | null },
  options: ResultsOptions,
): Promise<number> {
  const { target } = which
  const stop = new AbortController()
  const stopListening = context.io.onInterrupt(() => stop.abort())
  const query = { ...which, run: options.run, attempts: options.attempts, follow: options.follow ?? false }
  const place: Place = { from: options.from ?? 1, answered: false, over: false, wrote: false, noticed: false, ended: false }
  const writer = writerFor(context, { format: options.format, many: false })
  try {
    let client = await context.clientIfHome()
    // No home, so no process has this name.
    if (client === null) await context.request('results', { target })
    while (client !== null) {
      try {
        await read(context, client, query, place, writer, stop.signal)
        break
      } catch (error) {
        if (!isAway(error) || !place.answered) throw error
      }
      context.note('the daemon is gone, reconnecting')
      client = await reconnect(context.connectOnly, () => stop.signal.aborted)
    }
    if (!place.wrote && !place.noticed && !context.json)
      context.note(place.from > 1 ? `no row of ${asked} matches` : `${asked} has no results${place.ended ? '' : ' yet'}`)
    return 0
  } finally {
    stopListening()
  }
}
