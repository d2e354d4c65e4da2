/** How a subscription's events and views are encoded for one kind of client. */
import { encodeNotification } from '../protocol/codec.ts'
import type { PtrackEvent } from '../protocol/events.ts'
import type { ProcessView } from '../protocol/view.ts'

export interface ViewText {
  view: ProcessView
  /** The view as JSON, made once for all clients. */
  json: string
}

export interface Framing {
  /** `json`: the event as JSON, made once for all clients. */
  event(subscription: string, event: PtrackEvent, json: string): string
  /** null: nothing is sent. */
  views(subscription: string, changed: readonly ViewText[], removed: readonly string[]): string | null
  /** Events were dropped; the present views instead. */
  lagged(subscription: string, seq: number, snapshot: ProcessView[]): string
  /** null: none is sent. */
  heartbeat(seq: number): string | null
}

export const jsonRpc: Framing = {
  event: (subscription, _event, json) =>
    `{"jsonrpc":"2.0","method":"event","params":{"subscription":"${subscription}","event":${json}}}`,
  views: (subscription, changed, removed) =>
    `{"jsonrpc":"2.0","method":"views","params":{"subscription":"${subscription}","changed":[${changed.map(({ json }) => json).join(',')}],"removed":${JSON.stringify(removed)}}}`,
  lagged: (subscription, seq, snapshot) => encodeNotification('lagged', { subscription, seq, snapshot }),
  heartbeat: (seq) => encodeNotification('heartbeat', { at: new Date().toISOString(), seq }),
}
