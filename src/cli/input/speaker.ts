/** Who reports: a program inside a process knows its run from its environment; from outside a name is given. */
import type { Client } from '../../client/client.ts'
import { isAway, reconnect } from '../../client/log-stream.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { monoMs } from '../../protocol/mono.ts'
import type { Input, Method, Reply } from '../../protocol/requests.ts'
import type { Speaker } from '../../protocol/tracking.ts'
import type { Context } from '../context.ts'

/** A restarting daemon is back by then; a script must not hang on a missing one. */
const CONNECT_TIMEOUT_MS = 2000

/** The run whose marker this program carries; null outside. PTRACK_RUN is NUMBER-RUNID. */
export function ownRun(env: Record<string, string | undefined>): { id: string; runId: string } | null {
  const id = env.PTRACK_ID
  const runId = /^\d+-(.+)$/.exec(env.PTRACK_RUN ?? '')?.[1]
  return id && runId ? { id, runId } : null
}

/** A given name overrides the marker. */
export function speakerOf(context: Context, command: string, name: string | undefined): Speaker {
  if (name !== undefined) return { target: name }
  const own = ownRun(context.io.env)
  if (own === null)
    throw new PtrackError('USAGE', `cannot tell ${command}: this is not inside a process that ptrack started`, {
      hint: `name one: \`ptrack ${command} ${command === 'step' ? '--of' : '--name'} NAME ...\``,
    })
  return own
}

/** Never starts a daemon: the one that knows this process comes back by itself, or the report is moot. */
export async function patientClient(context: Context): Promise<Client> {
  const fromMs = monoMs()
  const client = await reconnect(context.connectOnly, () => monoMs() - fromMs > CONNECT_TIMEOUT_MS)
  return client ?? context.connectOnly()
}

/** Sends requests over one connection; idempotent ones survive the daemon's death. */
export function speaking(context: Context): <M extends Method>(method: M, params: Input<M>) => Promise<Reply<M>> {
  let client: Client | null = null
  /** Row keys are unique within a run. */
  const keyPrefix = `${process.pid}-${Math.random().toString(36).slice(2)}`
  let said = 0
  return async (method, params) => {
    const key = `${keyPrefix}-${++said}`
    // An older daemon knows no keys.
    const takesKey = (to: Client): boolean => method === 'result' && to.hello.capabilities.includes('result-keys')
    const work = (to: Client) => to.request(method, takesKey(to) ? { ...params, key } : params)
    let reached: Client | null = null
    try {
      client ??= await patientClient(context)
      reached = client
      return await work(reached)
    } catch (error) {
      if (!isAway(error)) throw error
      const { askAgain, unsent } = await import('../../client/ask-again.ts')
      if (reached === null) throw unsent(error, method)
      const connect = async (): Promise<Client> => {
        client = await context.connectOnly()
        return client
      }
      return askAgain(error, { method, connect, work, hasId: takesKey(reached) })
    }
  }
}
