/** `wait NAME@fleet`: one that waits for a place is waited for, until it is a process that can be. */
import { PtrackError } from '../../../protocol/errors.ts'
import { splitAtNode } from '../../../protocol/fleet.ts'
import { FLEET_WORD } from '../../../protocol/fleet-jobs.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { Context } from '../../context.ts'
import { jobWords } from './job-words.ts'
import { untilPlaced } from './until-placed.ts'

/** Of `options.timeout` the rest is left. */
export async function awaitPlaces(context: Context, words: readonly string[], options: Record<string, unknown>): Promise<void> {
  const timeoutMs = options.timeout as number | undefined
  const untilMono = timeoutMs === undefined ? null : monoMs() + timeoutMs
  const signal = new AbortController().signal
  await Promise.all(
    words.map(async (word) => {
      const split = splitAtNode(word)
      if (split?.node !== FLEET_WORD) return
      const placed = await untilPlaced(context, split.target, { untilMono, signal }).catch((error: unknown) => {
        // A local process may have this very name.
        if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
        throw error
      })
      if (placed?.is === 'placed') placed.there.close()
      if (placed?.is === 'ended')
        throw new PtrackError('FAILED', `cannot wait for ${word}: it has ended before it ran: ${jobWords(placed.job)}`, {
          hint: `\`ptrack fleet jobs ${split.target}\` shows it`,
        })
    }),
  )
  if (untilMono !== null) options.timeout = Math.max(1, Math.round(untilMono - monoMs()))
}
