/** Accounts of this machine, for what a unit must not do in the name of another one. */
import { readFileSync, statSync } from 'node:fs'
import { PtrackError } from '../../../protocol/errors.ts'
import { quoteCommand } from '../../../words/text.ts'
import { type Home, lookAt } from './home.ts'
import type { Scope } from './unit-of-daemon.ts'

const FOR_A_USER = 'ptrack systemd install --user --linger'

export function refuseNonRoot(scope: Scope): void {
  if (scope === 'user' || process.getuid?.() === 0) return
  throw new PtrackError('DENIED', 'cannot change a unit of the machine: permission denied', {
    hint: 'nothing is changed; run it as root, or use --user',
  })
}

interface Account {
  name: string
  uid: number
  directory: string
}

/** Those of /etc/passwd; a directory service is not asked. */
function accounts(): Account[] {
  try {
    return readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => fields.length >= 7)
      .map(([name, , uid, , , directory]) => ({ name: name!, uid: Number(uid), directory: directory! }))
  } catch {
    return []
  }
}

/** Throws DENIED: a daemon of root would run what another user writes, and that user would not reach it any more. */
export function refuseForeignHome(home: string, scope: Scope): void {
  const owner = statSync(home, { throwIfNoEntry: false })?.uid
  const uid = scope === 'system' ? 0 : (process.getuid?.() ?? 0)
  if (owner === undefined || owner === uid) return
  const name = accounts().find((account) => account.uid === owner)?.name ?? `user ${owner}`
  const who = uid === 0 ? 'root' : 'you'
  throw new PtrackError('DENIED', `cannot install a unit for ${home}: it belongs to ${name}, and the unit would run as ${who}`, {
    hint: `as ${name}: \`${FOR_A_USER}\`; a home of ${who === 'you' ? 'yours' : 'root'} is chosen with --home`,
  })
}

/** The default home of who ran sudo: its processes are probably meant. */
function homeOfSudoer(env: Record<string, string | undefined>): (Home & { name: string }) | null {
  const account = accounts().find(({ name, uid }) => name === env.SUDO_USER && uid !== 0)
  return account ? { ...lookAt(`${account.directory}/.local/state/ptrack`), name: account.name } : null
}

/** Throws UNSAFE when root has nothing to bring back at a boot, and who ran sudo has. */
export function refuseSudo(env: Record<string, string | undefined>, chosen: Home): void {
  if (chosen.hasProcesses || process.getuid?.() !== 0) return
  const theirs = homeOfSudoer(env)
  if (theirs === null || !theirs.hasProcesses) return
  throw new PtrackError(
    'UNSAFE',
    `cannot choose a home for the unit: root has no processes, and ${theirs.name}, who ran sudo, has some in ${theirs.path}`,
    {
      hint: `without sudo: \`${FOR_A_USER}\`; or for root alone: \`ptrack systemd install --system --home ${quoteCommand([chosen.path])}\``,
    },
  )
}
