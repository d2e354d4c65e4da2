/** Which waiting job goes to which node: the order and the limits are those of the queue, the room is the nodes'. */
import { TAG_WORD } from '../../protocol/fleet.ts'
import type { JobQueue, Waiting } from '../queue.ts'

export interface Room {
  node: string
  session: string
  tags: readonly string[]
  /** Jobs that it takes yet; those on their way to it are counted. */
  free: number
}

export interface Placement {
  id: string
  node: string
  session: string
}

/**
 * Each placed job holds a slot of the queue from now on. A job that is bound to a node without room keeps nobody waiting but
 * itself; the others go where most room is, so that they spread.
 */
export function place(queue: JobQueue, rooms: readonly Room[], whereOf: (id: string) => string | null): Placement[] {
  const left = rooms.filter(({ free }) => free > 0).map((room) => ({ ...room }))
  const placed: Placement[] = []
  const passedOver: Waiting[] = []
  for (;;) {
    if (left.every(({ free }) => free === 0)) break
    const next = queue.next()
    if (next === null) break
    queue.remove(next.id)
    const room = roomFor(left, whereOf(next.id))
    if (room === null) {
      passedOver.push(next)
      continue
    }
    room.free--
    queue.hold(next.id, next)
    placed.push({ id: next.id, node: room.node, session: room.session })
  }
  for (const waiting of passedOver) queue.add(waiting)
  return placed
}

function roomFor<R extends Room>(rooms: readonly R[], where: string | null): R | null {
  let best: R | null = null
  for (const room of rooms) {
    if (room.free === 0 || !isMeant(room, where)) continue
    if (best === null || room.free > best.free || (room.free === best.free && room.node < best.node)) best = room
  }
  return best
}

/** `where`: a node, or `tag:T`. A name of a node has no colon. */
const isMeant = ({ node, tags }: Room, where: string | null): boolean =>
  where === null || node === where || (where.startsWith(TAG_WORD) && tags.includes(where.slice(TAG_WORD.length)))
