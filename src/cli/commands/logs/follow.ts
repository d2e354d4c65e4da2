/** logs -f: new lines as they come, over restarts of the daemon, with what happens to the programs in between. */
import type { Client } from '../../../client/client.ts'
import { followLogs, isAway, type LogSink, readLogs, reconnect } from '../../../client/log-stream.ts'
import type { EventType } from '../../../protocol/names.ts'
import type { LogQuery } from '../../../protocol/requests.ts'
import type { Context } from '../../context.ts'
import { NOTICE_EVENTS, RunNotices } from './run-notices.ts'

const EVENT_TARGETS = 1000

/** A sink that also prints on stderr when programs end or restart. */
interface Noticed {
  sink: LogSink
  listen(client: Client): Promise<void>
  end(): void
}

function withNotices(context: Context, sink: LogSink, targets: readonly string[]): Noticed {
  // Programs that read the lines as JSON have `ptrack events --json` for the rest.
  if (context.json || targets.length > EVENT_TARGETS) return { sink, listen: async () => {}, end: () => {} }
  const notices = new RunNotices((text) => context.io.err(`${context.errStyle.dim(context.names.text(text))}\n`))
  return {
    sink: {
      ...sink,
      lines: (lines) => (notices.waiting ? notices.around(lines, (part) => sink.lines(part)) : sink.lines(lines)),
    },
    async listen(client) {
      const filter = { types: NOTICE_EVENTS, ...(targets.includes('all') ? {} : { targets: [...targets] }) }
      const subscription = await subscribed(client, filter)
      client.on('event', (each) => {
        if (each.subscription !== subscription) return
        if (each.event.process !== null) context.names.learn(each.event.process)
        notices.noteEvent(each.event)
      })
    },
    end: () => notices.flush(),
  }
}

/** null where there are no events, as for a deleted process: its lines are shown without notices. */
async function subscribed(client: Client, filter: { types: EventType[]; targets?: string[] }): Promise<string | null> {
  try {
    return (await client.request('subscribe', { filter })).subscription
  } catch (error) {
    if (isAway(error)) throw error
    return null
  }
}

export async function follow(context: Context, query: LogQuery, to: LogSink): Promise<number> {
  const { sink, listen, end } = withNotices(context, to, query.targets)
  let interrupted = false
  const interrupt = new Promise<void>((resolve) => {
    context.io.onInterrupt(() => {
      interrupted = true
      resolve()
    })
  })
  const place = { cursor: '' }
  let client = await context.clientIfHome()
  // No home, so no process has this name.
  if (client === null) {
    await context.request('logs.read', query)
    return 0
  }
  for (;;) {
    try {
      const { targets, stream, grep } = query
      const onward = place.cursor === '' ? query : { targets, stream, grep, cursor: place.cursor }
      place.cursor = await readLogs(client, onward, sink, { continues: true, enough: () => interrupted })
      await listen(client)
      await followLogs(client, place, sink, interrupt)
    } catch (error) {
      if (!isAway(error)) throw error
    }
    end()
    if (interrupted) return 0
    context.note('the daemon is gone, reconnecting')
    // Connects only: a reader does not bring back a stopped daemon.
    const next = await Promise.race([
      reconnect(
        () => context.connectOnly(),
        () => interrupted,
      ),
      interrupt,
    ])
    if (!next) return 0
    client = next
  }
}
