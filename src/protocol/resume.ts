/** A subscription that resumes where the previous connection ended, so that each event comes once. */
import type { Input, Method, Reply } from './requests.ts'

/** A subscriber's position: epoch, and the number of the last event. Undefined before the first connection. */
export interface Place {
  epoch: string | undefined
  seq: number | undefined
}

type Ask = <M extends Method>(method: M, params: Input<M>) => Promise<Reply<M>>

/** Subscribes after `place` and moves it to the beginning. `otherDaemon`: the last events of the previous one may be missing. */
export async function resumeFeed(
  ask: Ask,
  place: Place,
  wish: Pick<Input<'subscribe'>, 'filter' | 'views'>,
): Promise<Reply<'subscribe'> & { otherDaemon: boolean }> {
  let reply = await ask('subscribe', { since: place.seq, epoch: place.epoch, ...wish })
  const otherDaemon = place.epoch !== undefined && place.epoch !== reply.epoch
  if (otherDaemon) {
    // Events published before this connection: all of them, from the first.
    const { snapshot, subscription, epoch } = reply
    await ask('unsubscribe', { subscription })
    place.seq = 0
    const again = await ask('subscribe', { since: 0, epoch, ...wish })
    reply = { ...again, snapshot: again.snapshot ?? snapshot }
  }
  place.epoch = reply.epoch
  // With a replay the missed events follow; otherwise everything up to `seq` is in the snapshot.
  if (reply.gap || place.seq === undefined) place.seq = reply.seq
  return { ...reply, otherDaemon }
}
