/** Who speaks: a program inside a process knows its run from its environment; from outside somebody names one. */
import type { Client } from '../client/client.ts'
import { reconnect } from '../client/log-stream.ts'
import { PtrackError } from '../protocol/errors.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Speaker } from '../protocol/tracking.ts'
import type { Context } from './context.ts'

/** A daemon that is being restarted is back by then; a script must not hang on one that is not there at all. */
const PATIENCE_MS = 2000

/** Inside: the run whose marker this program carries; null outside. PTRACK_RUN is NUMBER-RUNID. */
export function ownRun(env: Record<string, string | undefined>): { id: string; runId: string } | null {
  const id = env.PTRACK_ID
  const runId = /^\d+-(.+)$/.exec(env.PTRACK_RUN ?? '')?.[1]
  return id && runId ? { id, runId } : null
}

/** A name that was given goes before the marker. */
export function speakerOf(context: Context, command: string, name: string | undefined): Speaker {
  if (name !== undefined) return { target: name }
  const own = ownRun(context.io.env)
  if (own === null)
    throw new PtrackError('USAGE', `cannot tell ${command}: this is not inside a process that ptrack started`, {
      hint: `name one: \`ptrack ${command} ${command === 'step' ? '--of' : '--name'} NAME ...\``,
    })
  return own
}

/** Never starts a daemon: the one that knows this process comes back by itself, or nobody waits for what is told. */
export async function patientClient(context: Context): Promise<Client> {
  const fromMs = monoMs()
  const client = await reconnect(context.connectOnly, () => monoMs() - fromMs > PATIENCE_MS)
  return client ?? context.connectOnly()
}
