/** What Node cannot set on a child (ulimits, cgroup, nice, user), as shell statements and command prefixes. Pure. */
import { quoted } from '../protocol/shell-quote.ts'
import { CannotStart } from './cannot-start.ts'

export interface ChildLimits {
  /** As in the definition: `N` (both) or `SOFT:HARD`; bytes, seconds or counts as in setrlimit(2), or `unlimited`. */
  ulimits: Readonly<Record<string, string>>
  /** The soft file limit that the daemon was started with, to restore; null when unchanged. */
  softNofile: number | null
  nice: number | null
  /** The user it runs as; null = as the daemon. */
  owner: { uid: number; gid: number } | null
  noNewPrivileges: boolean
  cgroupProcs: string | null
}

/** Option letter of each limit in `ulimit`, and the bytes that a POSIX shell counts in. */
const ULIMITS: Record<string, { flag: string; unit: number }> = {
  core: { flag: 'c', unit: 512 },
  cpu: { flag: 't', unit: 1 },
  data: { flag: 'd', unit: 1024 },
  fsize: { flag: 'f', unit: 512 },
  memlock: { flag: 'l', unit: 1024 },
  nofile: { flag: 'n', unit: 1 },
  nproc: { flag: 'u', unit: 1 },
  stack: { flag: 's', unit: 1024 },
  as: { flag: 'v', unit: 1024 },
}

/** 126 is the shells' code for "found, but could not be started"; the shell's message is in the error log. */
const OR_FAIL = ' || exit 126; '

/** Each ended by `; `; empty when nothing was asked for. */
export function shellPreparation(limits: ChildLimits): string {
  let script = ''
  // 0 = the writing process: inside a subshell, $$ would be the recorder.
  if (limits.cgroupProcs !== null) script += `echo 0 >${quoted(limits.cgroupProcs)}${OR_FAIL}`
  if (limits.softNofile !== null && limits.ulimits.nofile === undefined) script += `ulimit -S -n ${limits.softNofile}; `
  for (const [name, value] of Object.entries(limits.ulimits)) script += ulimitLine(name, value)
  return script
}

/** Comes first: only root may lower it. */
export const niceWords = ({ nice }: ChildLimits): string[] => (nice === null ? [] : ['nice', '-n', String(nice)])

/** The user's own supplementary groups: otherwise a program would keep root's. */
export const userWords = ({ owner }: ChildLimits): string[] =>
  owner === null ? [] : ['setpriv', '--reuid', String(owner.uid), '--regid', String(owner.gid), '--init-groups', '--']

/** Last, since it holds for all that follows: no setuid program, and none with capabilities, gives it any rights. */
export const privilegeWords = ({ noNewPrivileges }: ChildLimits): string[] =>
  noNewPrivileges ? ['setpriv', '--no-new-privs', '--'] : []

function ulimitLine(name: string, value: string): string {
  const limit = ULIMITS[name]
  const [soft, hard = soft] = value.split(':')
  if (limit === undefined || soft === undefined || hard === undefined)
    throw new CannotStart('BAD_LIMIT', `its limit ${name}=${value} is not known; known are ${Object.keys(ULIMITS).join(', ')}`)
  if (order(soft) > order(hard))
    throw new CannotStart('BAD_LIMIT', `in its limit ${name}=${value} the soft one is above the hard one; write SOFT:HARD`)
  const set = (mode: string, amount: string): string => {
    const number = inUnits(amount, limit.unit)
    // dash has -p where every other shell has -u.
    return name === 'nproc'
      ? `{ ulimit ${mode}-u ${number} 2>/dev/null || ulimit ${mode}-p ${number}; }`
      : `ulimit ${mode}-${limit.flag} ${number}`
  }
  // Both to the hard value first: a hard limit cannot go below the soft one, nor the other way round.
  return set('', hard) + OR_FAIL + (soft === hard ? '' : set('-S ', soft) + OR_FAIL)
}

const order = (amount: string): number => (amount === 'unlimited' ? Number.POSITIVE_INFINITY : Number(amount))
const inUnits = (amount: string, unit: number): string =>
  amount === 'unlimited' ? amount : String(Math.ceil(Number(amount) / unit))
