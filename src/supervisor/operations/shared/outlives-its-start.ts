/** Of a program without a probe: whether it ends soon after its start, which has then failed. */
import type { Supervisor } from '../../create-supervisor.ts'
import { heldUpMs } from '../../held-up.ts'
import type { Managed } from '../../registry.ts'

/** A syntax error in Node shows after 50-100 ms on a machine that has time for it. */
const EARLY_EXIT_MS = 400
const EARLY_EXIT_MS_MAX = 5000
/** A shorter wait is not worth a timer. */
const LEAST_MS = 10

type Asked = Pick<Supervisor, 'waiters' | 'firstListening'> & { world: { table: Pick<Supervisor['world']['table'], 'heldUpMs'> } }

/** Resolves when the run has ended, or has lived long enough to count as started. */
export async function outlivesItsStart(
  { waiters, firstListening, world }: Asked,
  managed: Managed,
  { run, isFirst }: { run: number; isFirst: boolean },
): Promise<void> {
  const over = ({ record: { tracked } }: Managed) => tracked.runNumber !== run || tracked.state.status !== 'running'
  // Time in which other programs had the processors does not count: a busy machine would call everything started.
  let leftMs = EARLY_EXIT_MS
  let knownMs = 0
  for (let spentMs = 0; leftMs >= LEAST_MS; ) {
    if ((await waiters.until(managed, over, leftMs)) !== 'timeout') return
    spentMs += leftMs
    const heldMs = heldUpMs(world.table, managed)
    leftMs = Math.min(heldMs - knownMs, EARLY_EXIT_MS_MAX - spentMs)
    knownMs = heldMs
  }
  if (!isFirst || !firstListening.concerns(managed)) return
  // Of several instances without a declared port, only one can have a port that the program itself chooses.
  const known = new AbortController()
  const forget = firstListening.watch(managed, () => known.abort())
  await waiters.until(managed, over, null, known.signal)
  forget()
}
