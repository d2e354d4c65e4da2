/** Connections of a command that follows until it is interrupted. */
import type { Client } from '../client/client.ts'
import type { Context } from './context.ts'

/** The first call starts a daemon if none runs and there is a home; later ones only connect, as somebody may have stopped it. */
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
