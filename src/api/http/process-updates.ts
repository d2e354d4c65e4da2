/** /ws/processes: each change of a process as one flat message, in words that other programs know. */
import type { Status } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Framing } from '../framing.ts'
import type { ProcessUpdate } from './replies.ts'

const WORDS: Readonly<Record<Status, ProcessUpdate['status']>> = {
  pending: 'pending',
  starting: 'pending',
  retrying: 'pending',
  running: 'running',
  paused: 'running',
  completing: 'running',
  done: 'completed',
  failed: 'failed',
  interrupted: 'failed',
  cancelled: 'cancelled',
  stopped: 'cancelled',
  timeout: 'timeout',
}

export function updateOf(view: ProcessView, nowMs: number): ProcessUpdate {
  return {
    type: 'process_update',
    process_id: view.id,
    process_type: view.type,
    status: WORDS[view.status],
    name: view.name,
    progress: view.progress?.percent ?? null,
    message: view.progress?.message ?? view.reason,
    timestamp: nowMs / 1000,
    metadata: view.metadata,
  }
}

/** Simultaneous messages are one text with a line each; the sender splits them. */
export const updates = (views: readonly ProcessView[]): string =>
  views.map((view) => JSON.stringify(updateOf(view, Date.now()))).join('\n')

export const updateFraming: Framing = {
  event: () => '',
  views: (_subscription, changed) => (changed.length === 0 ? null : updates(changed.map(({ view }) => view))),
  lagged: (_subscription, _seq, snapshot) => updates(snapshot),
  // A WebSocket has its own pings.
  heartbeat: () => null,
}
