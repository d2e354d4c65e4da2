/** The running daemon, and its end. */
import type { Client } from '../../../client/client.ts'
import { unreachableKind } from '../../../client/connect.ts'
import { procStat } from '../../../client/proc-stat.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'

/** null when none runs. */
export async function running(context: Context): Promise<Client | null> {
  try {
    return await context.connectOnly({ acceptSkew: true })
  } catch (error) {
    if (unreachableKind(error) !== null) return null
    throw error
  }
}

/** A daemon is gone when its process is, not when it stops answering: the next one must not find its lock held. */
async function untilGone(context: Context, client: Client, pid: number): Promise<void> {
  const deadline = monoMs() + 60_000
  await client.closed
  for (;;) {
    const next = await running(context)
    const replaced = next !== null && next.hello.pid !== pid
    next?.close()
    if (replaced || (next === null && !isThere(pid))) return
    if (monoMs() > deadline)
      throw new PtrackError('TIMED_OUT', `cannot stop the daemon: pid ${pid} still runs`, { hint: 'see `ptrack daemon logs`' })
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

const isThere = (pid: number): boolean => process.platform === 'linux' && procStat(pid)?.ended === false

export async function end(
  context: Context,
  client: Client,
  killChildren: boolean,
): Promise<{ pid: number; left: number; killed: string[] }> {
  const { pid } = client.hello
  // A daemon of before an upgrade names nobody.
  const { left, killed = [] } = await client.request('daemon.stop', { killChildren })
  await untilGone(context, client, pid)
  return { pid, left, killed }
}

export const killedLine = (name: string): string => `${clean(name)} did not end when it was asked to, and was killed`

export const plural = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : one.endsWith('s') ? 'es' : 's'}`
