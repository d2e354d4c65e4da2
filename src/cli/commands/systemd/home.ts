/** The home that a unit serves: the one that commands use too, so that no command meets an empty daemon after a boot. */
import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'

/** The home of older units of the machine, which named none. */
export const MACHINE_HOME = '/var/lib/ptrack'

/** A daemon runs there, or has saved something. */
export const isUsed = (home: string): boolean =>
  ['process-state.json', 'daemon.json'].some((name) => existsSync(join(home, name)))

/** `own`: where this user's commands look. Throws UNSAFE when both are in use, since one would be left behind. */
export function homeOfMachineUnit(own: string, machine: string, used: (home: string) => boolean): string {
  if (own === machine || !used(machine)) return own
  if (!used(own)) return machine
  throw new PtrackError('UNSAFE', `cannot choose a home for the unit: ${own} and ${machine} both have processes of their own`, {
    hint: `name one: \`ptrack systemd install --system --home ${own}\` or \`ptrack systemd install --system --home ${machine}\``,
  })
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

/** Whether this user's systemd, and so the unit, runs without a login; loginctl stores it as a file. */
export const lingers = (): boolean => existsSync(join('/var/lib/systemd/linger', userInfo().username))
