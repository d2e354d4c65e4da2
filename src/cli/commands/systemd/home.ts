/** The home that a unit serves: the one that commands use too, so that no command meets an empty daemon after a boot. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { lockHolder } from '../../../client/lock-holder.ts'
import { PtrackError } from '../../../protocol/errors.ts'

/** The home of older units of the machine, which named none. */
export const MACHINE_HOME = '/var/lib/ptrack'

export interface Home {
  path: string
  /** Something would be left behind if a unit served another home. */
  hasProcesses: boolean
  daemonRuns: boolean
}

export const lookAt = (path: string): Home => ({
  path,
  hasProcesses: hasProcesses(path),
  daemonRuns: lockHolder(path) !== null,
})

/** What cannot be read may hold some. */
function hasProcesses(home: string): boolean {
  if ((statSync(join(home, 'process-state.journal'), { throwIfNoEntry: false })?.size ?? 0) > 0) return true
  const state = join(home, 'process-state.json')
  const stat = statSync(state, { throwIfNoEntry: false })
  if (stat === undefined) return false
  // A FIFO would wait for its writer.
  if (!stat.isFile()) return true
  try {
    const { processes } = JSON.parse(readFileSync(state, 'utf8')) as { processes?: object }
    return processes === undefined || Object.keys(processes).length > 0
  } catch {
    return true
  }
}

/**
 * The one with processes, else the one whose daemon runs, else the first. `commandFor` is what installs a unit for a home. Throws
 * UNSAFE when several have processes, since all but one would be left behind.
 */
export function chooseHome(homes: readonly Home[], commandFor: (home: Home) => string): string {
  const held = homes.filter((home) => home.hasProcesses)
  if (held.length > 1) {
    const running = held.filter((home) => home.daemonRuns).map((home) => home.path)
    throw new PtrackError(
      'UNSAFE',
      `cannot choose a home for the unit: ${held.map(({ path }) => path).join(' and ')} each have processes of their own${running.length === 1 ? ` (the daemon of ${running[0]} runs)` : ''}`,
      { hint: `choose one: ${held.map((home) => `\`${commandFor(home)}\``).join(' or ')}` },
    )
  }
  return (held[0] ?? homes.find((home) => home.daemonRuns) ?? homes[0]!).path
}

/** Throws USAGE: a unit file is lines of text, and systemd would read something else than was meant. */
export function refuseUnprintable(home: string): void {
  if (!/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u.test(home)) return
  throw new PtrackError(
    'USAGE',
    `cannot write a unit for ${JSON.stringify(home)}: its name has a character that cannot be printed`,
    {
      hint: 'use another directory with --home or PTRACK_HOME',
    },
  )
}
