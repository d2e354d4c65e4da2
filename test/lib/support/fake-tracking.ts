/** The tracking half of a daemon, in memory: what was told stays over its "deaths", which only cut the connections. */
import { PtrackError } from '../../../src/protocol/errors.ts'
import type { ResultRow } from '../../../src/protocol/history.ts'
import type { Input } from '../../../src/protocol/requests.ts'
import { makeView } from '../../api/support/wire.ts'
import { type Connection, type FakeDaemon, fakeDaemon } from '../../cli/support/fake-daemon.ts'

export interface FakeTracking extends FakeDaemon {
  rows: ResultRow[]
  /** What was told of progress and steps, in order. */
  told: unknown[]
  /** How each process ended: `NAME outcome error`. */
  ends: string[]
  starts: Input<'track.start'>[]
  /** Called with the number of the row before it is stored (throwing loses it), and after that, before the answer. */
  onRow: { before: (number: number) => void; after: (number: number) => void }
  checkpoint: (ask: Input<'checkpoint'>) => Promise<'go' | 'wait' | 'cancel'>
  status: (to: string, reason: string | null) => void
  /** As kill -9 and a new daemon: connections break, what is stored stays. */
  cut(): void
}

export async function fakeTracking(): Promise<FakeTracking> {
  const connections = new Set<Connection>()
  const view = makeView('x1', 'task', { kind: 'external', results: 0 })
  const daemon = (await fakeDaemon()) as FakeTracking
  let ended = false
  Object.assign(daemon, {
    rows: [],
    told: [],
    ends: [],
    starts: [],
    onRow: { before: () => undefined, after: () => undefined },
    checkpoint: async () => 'go',
    status: (to: string, reason: string | null) => {
      for (const connection of connections)
        connection.notify('event', {
          subscription: 's',
          event: {
            seq: 1,
            at: view.since,
            type: 'statusChange',
            process: 'task',
            id: 'x1',
            from: 'running',
            to,
            reason,
          } as never,
        })
    },
    cut: () => {
      for (const connection of connections) connection.drop()
      connections.clear()
    },
  })
  let taken = 0
  const keys = new Map<string, number>()
  const living = (): void => {
    if (ended) throw new PtrackError('NOT_RUNNING', 'cannot track: the run has ended')
  }
  Object.assign(daemon.answers, {
    'track.start': (params: Input<'track.start'>, connection: Connection) => {
      connections.add(connection)
      daemon.starts.push(params)
      return { id: 'x1', runId: 'r1', resumed: params.resume !== undefined, view: { ...view, results: daemon.rows.length } }
    },
    subscribe: (_params: unknown, connection: Connection) => {
      connections.add(connection)
      return { subscription: 's', epoch: 'e', seq: 0, snapshot: [view], gap: false, replayed: 0 }
    },
    progress: ({ update }: Input<'progress'>) => {
      living()
      daemon.told.push(update)
      return view
    },
    step: ({ step }: Input<'step'>) => {
      living()
      daemon.told.push(step)
      return view
    },
    result: ({ row, key }: Input<'result'>, connection: Connection) => {
      living()
      // What a dead daemon had read but not begun is lost.
      if (!connections.has(connection)) throw new Error('cut')
      const known = key === undefined ? undefined : keys.get(key)
      if (known !== undefined) return { index: known }
      daemon.onRow.before(++taken)
      if (key !== undefined) keys.set(key, daemon.rows.length + 1)
      daemon.rows.push({ index: daemon.rows.length + 1, at: view.since, run: 1, attempt: 1, row })
      daemon.onRow.after(taken)
      return { index: daemon.rows.length }
    },
    results: ({ from = 1, max = 1000 }: Input<'results'>) => {
      const rows = daemon.rows.slice(from - 1, from - 1 + max)
      const next = from + rows.length
      return { rows, next, more: next <= daemon.rows.length, total: daemon.rows.length, ended, notices: [] }
    },
    checkpoint: async (params: Input<'checkpoint'>) => ({ action: await daemon.checkpoint(params) }),
    'track.end': ({ outcome, error }: Input<'track.end'>) => {
      living()
      ended = true
      daemon.ends.push([outcome, error].filter(Boolean).join(' '))
      return view
    },
  })
  return daemon
}
