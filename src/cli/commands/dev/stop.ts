/** The end: what this session started is stopped, dependents first; a second wish kills it. */
import { isAway } from '../../../client/log-stream.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import type { Member } from './member.ts'
import type { Members } from './members.ts'
import type { Printer } from './printer.ts'
import type { Session } from './session.ts'

const AGAIN_MS = 200

export interface Stopping {
  context: Context
  members: Members
  printer: Printer
  session: Session
  /** What is still being started: nothing new comes after it. */
  starting: Promise<unknown>
  /** Somebody does not want to wait. */
  again: Promise<void>
}

export async function stopOwn({ context, members, printer, session, starting, again }: Stopping): Promise<void> {
  const isOwn = ({ view }: Member): boolean => view !== null && session.has(view)
  const others = members.present.filter((member) => !isOwn(member)).map(({ name }) => name)
  if (others.length === 1) printer.own(`${others[0]} runs on: this session did not start it`)
  else if (others.length > 1) printer.own(`${others.join(', ')} run on: this session did not start them`)
  const stoppable = members.present.filter(isOwn).map(({ name }) => name)
  if (stoppable.length > 0) printer.own(`stops ${stoppable.join(', ')}; Ctrl-C again kills`)
  let kills = false
  let targets: string[] = []
  void again.then(() => {
    kills = true
    printer.own('kills what is left')
    // The first request answers when it is done.
    if (targets.length > 0) context.request('stop', { targets, timeoutMs: 0 }).catch(() => undefined)
  })
  let isStarted = false
  const done = (): void => {
    isStarted = true
  }
  const settled = starting.then(done, done)
  for (;;) {
    // A start that was under way ends with a stop, or is over before it.
    const isLast = isStarted
    for (const member of members.present.filter(isOwn)) member.stopping(Date.now())
    targets = await ownNow(context, members, session)
    if (targets.length > 0) await stopAll(context, targets, () => kills, printer)
    if (isLast) return
    await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, AGAIN_MS))])
  }
}

/** The ids of what is this session's, as the daemon knows them: one that has just been started may not have been published yet, and all are stopped in one order. */
async function ownNow(context: Context, members: Members, session: Session): Promise<string[]> {
  const published = members.present.flatMap(({ view, id }) => (view !== null && session.has(view) ? [id] : []))
  if (session.owner === null) return published
  try {
    const client = await context.connectFresh()
    try {
      const views = await client.request('list', { session: session.owner.name })
      return views.filter((view) => session.has(view) && !isEnded(view.status)).map(({ id }) => id)
    } finally {
      client.close()
    }
  } catch (error) {
    if (!isAway(error)) throw error
    return published
  }
}

async function stopAll(context: Context, targets: string[], kills: () => boolean, printer: Printer): Promise<void> {
  for (;;) {
    try {
      for (const { ok, error, name } of await stop(context, targets, kills()))
        if (!ok && error !== null && error.code !== 'NOT_FOUND') printer.own(context.names.text(clean(error.message)), name)
      return
    } catch (error) {
      if (!isAway(error)) throw error
      // The next daemon knows what runs.
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS))
    }
  }
}

async function stop(context: Context, targets: string[], kills: boolean): Promise<ActionResult[]> {
  const client = await context.connectFresh()
  try {
    return context.names.reply(await client.request('stop', { targets, ...(kills && { timeoutMs: 0 }) }))
  } finally {
    client.close()
  }
}
