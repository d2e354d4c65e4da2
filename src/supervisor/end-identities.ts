/** Ends processes outside live runs: a signal, a grace period, SIGKILL. Identity is read again before each signal. */
import type { Identity } from '../core/state.ts'
import type { SignalOutcome, World } from '../core/world.ts'

const POLL_MS = 25
/** What is still alive this long after SIGKILL is stuck in the kernel. */
const KILL_WAIT_MS = 2000

export interface IdentitiesEnded {
  /** Outcome of the first signal to the first of them. Denied: nothing was signalled. */
  first: SignalOutcome
  /** Those that survived the first signal and were killed. */
  forced: Identity[]
  alive: Identity[]
}

export async function endIdentities(
  world: Pick<World, 'clock' | 'signaller' | 'table'>,
  identities: readonly [Identity, ...Identity[]],
  signal: string,
  graceMs: number,
): Promise<IdentitiesEnded> {
  const { signaller, table } = world
  const first = signaller.signal(identities[0], signal)
  if (first === 'denied') return { first, forced: [], alive: [...identities] }
  for (const identity of identities.slice(1)) signaller.signal(identity, signal)
  const living = (): Identity[] => identities.filter((identity) => table.alive(identity))
  if (await until(world, () => living().length === 0, graceMs)) return { first, forced: [], alive: [] }
  const forced = living()
  for (const identity of forced) signaller.signal(identity, 'SIGKILL')
  await until(world, () => living().length === 0, KILL_WAIT_MS)
  return { first, forced, alive: living() }
}

function until({ clock }: Pick<World, 'clock'>, condition: () => boolean, limitMs: number): Promise<boolean> {
  const untilMono = clock.mono() + limitMs
  return new Promise((resolve) => {
    const look = (): void => {
      if (condition()) resolve(true)
      else if (clock.mono() >= untilMono) resolve(false)
      else clock.wakeAfter(POLL_MS, look)
    }
    look()
  })
}
