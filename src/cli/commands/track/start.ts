/** track start: registers external work, and says how to report it. */
import { formatDuration } from '../../../protocol/duration.ts'
import type { Context } from '../../context.ts'

const LEASE_MS = 60_000

export interface TrackOptions {
  type?: string
  title?: string
  description?: string
  owner?: string
  tag?: string[]
  metadata?: [string, unknown][]
  lease?: number
}

export async function trackStart(context: Context, name: string, options: TrackOptions): Promise<number> {
  const leaseMs = options.lease ?? LEASE_MS
  const { title, description, type, tag, metadata } = options
  const reply = await context.request('track.start', {
    definition: {
      name,
      kind: 'external',
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(type === undefined ? {} : { type }),
      ...(tag === undefined ? {} : { tags: tag }),
      ...(metadata === undefined ? {} : { metadata: Object.fromEntries(metadata) }),
    },
    owner: options.owner,
    leaseMs,
  })
  if (context.json) context.printJson(reply)
  else {
    context.print(reply.id)
    context.note(
      `tell how it goes at least every ${formatDuration(leaseMs)} by \`ptrack track update ${reply.id} 40\`, and the end by \`ptrack track end ${reply.id}\``,
    )
  }
  return 0
}
