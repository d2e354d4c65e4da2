/** How a task becomes known to the daemon, and to the next one. */
import type { Client } from '../client/client.ts'
import { PtrackError } from '../protocol/errors.ts'
import type { Input } from '../protocol/requests.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { RunPlace } from './place.ts'

type External = Omit<Input<'track.start'>, 'resume' | 'hold' | 'pid'>

export interface Registered {
  who: RunPlace
  view: ProcessView
}

/** Inside a process only checks that our run is live. Throws NOT_RUNNING otherwise. */
export async function attach(client: Client, place: RunPlace): Promise<Registered> {
  // An empty update is refused like any other from a run that is over.
  await client.request('track.update', { who: place })
  const [view] = await client.request('show', { targets: [place.id] })
  if (!view) throw new PtrackError('NOT_FOUND', 'cannot track: the process that this program belongs to was deleted')
  return { who: place, view }
}

/**
 * Registers an external process, or continues `earlier` after its daemon went away. The connection holds the lease. If another
 * live process has the name, our pid is appended: the work must not fail for a name.
 */
export async function register(client: Client, external: External, earlier: RunPlace | null): Promise<Registered> {
  const ask = (name: string) =>
    client.request('track.start', {
      ...external,
      definition: { ...external.definition, name },
      pid: process.pid,
      hold: true,
      ...(earlier ? { resume: earlier } : {}),
    })
  const { name } = external.definition
  const started = await ask(name).catch((error: unknown) => {
    if (!(error instanceof PtrackError) || error.code !== 'DUPLICATE_NAME') throw error
    return ask(`${name}-${process.pid}`)
  })
  return { who: { id: started.id, runId: started.runId }, view: started.view }
}
