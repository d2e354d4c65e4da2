/** Connections of a command that follows what happens until it is interrupted. */
import type { Client } from '../client/client.ts'
import type { Context } from './context.ts'

/**
 * Each call connects: the first one starts a daemon if none runs and there is a home for it, the others find it again, since a
 * daemon that somebody stopped is not brought back by a reader.
 */
export function following(context: Context): () => Promise<Client> {
  let first = true
  return async () => {
    if (!first) return context.connectOnly()
    first = false
    const client = await context.clientIfHome()
    if (client === null) context.note(`no daemon runs, and ${context.home} is no home of one yet; waiting for it`)
    return client ?? context.connectOnly()
  }
}
