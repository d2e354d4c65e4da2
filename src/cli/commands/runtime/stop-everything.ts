/** The end: everything is stopped in order within a total, what was written last is passed on, and the daemon leaves. */
import type { Client } from '../../../client/client.ts'
import type { CallerEnv } from '../../../protocol/daemon-command.ts'
import type { Context } from '../../context.ts'
import { end, killedLine } from '../daemon/running.ts'
import type { Attendance } from './attendance.ts'

/** Of the total, for what follows the end of the last program. */
const AFTERWARDS_MS = 500
/** Beyond the total: then the daemon hangs, and the kernel ends what is left with us. */
const BEYOND_MS = 1000

export interface Ending {
  context: Context
  attendance: Attendance
  env: CallerEnv
  graceMs: number
  /** Somebody waits for the end, and counts. */
  asked: Promise<unknown>
  /** Somebody does not want to wait. */
  again: Promise<void>
}

export async function stopEverything({ context, attendance, env, graceMs, asked, again }: Ending): Promise<void> {
  attendance.stopping()
  const timers: NodeJS.Timeout[] = []
  const tooLate = () =>
    new Promise<'late'>((resolve) => {
      timers.push(setTimeout(() => resolve('late'), graceMs + BEYOND_MS))
    })
  const within = async (work: Promise<void>, late: Promise<'late'>): Promise<boolean> =>
    (await Promise.race([work, late])) !== 'late'
  try {
    // A daemon that was killed is followed by one that knows what runs.
    const client = await context.connectFresh({ env })
    const late = tooLate()
    if (!(await within(stopWithin(context, client, graceMs, again), late)))
      return context.note('the daemon did not stop everything in time')
    // Where it ends by itself, the last output takes the time that its reader takes.
    const lateIfAsked = asked.then(() => late)
    const leave = async (): Promise<void> => {
      await attendance.drained()
      await end(context, client, false)
    }
    if (!(await within(leave(), lateIfAsked))) context.note('the last output is not passed on: its reader is too slow')
  } catch (error) {
    context.note(`cannot stop in order: ${error instanceof Error ? error.message : String(error)}`)
  } finally {
    for (const timer of timers) clearTimeout(timer)
  }
}

async function stopWithin(context: Context, client: Client, graceMs: number, again: Promise<void>): Promise<void> {
  const stop = (ms: number) => client.request('daemon.stop', { killChildren: true, graceMs: ms, stays: true })
  // The first request fails with it, and is reported.
  void again.then(() => stop(0)).catch(() => undefined)
  const { left, killed } = await stop(Math.max(100, graceMs - AFTERWARDS_MS))
  for (const name of killed) context.note(killedLine(name))
  if (left > 0) context.note(`${left} ${left === 1 ? 'process does' : 'processes do'} not end, not even by SIGKILL`)
}
