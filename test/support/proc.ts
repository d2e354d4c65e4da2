/**
 * What tests know of operating system processes: the same caution as the product (a pid counts only together with its
 * start time), written apart from it so that a mistake there cannot hide itself here. Linux only: it reads /proc.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'

export interface ProcStat {
  pid: number
  comm: string
  /** R S D Z T t X I; Z and X count as ended, unless other threads than the first still run. */
  state: string
  threads: number
  ppid: number
  pgrp: number
  session: number
  /** Clock ticks since boot. */
  startTicks: number
}

/** A process that cannot be taken for a later one with the same number. */
export interface Ident {
  pid: number
  startTicks: number
}

/** A process vanishes between two reads (ENOENT, ESRCH), and another user's environment is not ours to read (EACCES, EPERM). */
const expected = new Set(['ENOENT', 'ESRCH', 'EACCES', 'EPERM'])
function readOrNull(file: string): string | null {
  try {
    return readFileSync(file, 'latin1')
  } catch (error) {
    if (expected.has((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** One line of the process table, zombies included; null when there is no such process. */
export function statOf(pid: number): ProcStat | null {
  const text = readOrNull(`/proc/${pid}/stat`)
  if (!text) return null
  const end = text.lastIndexOf(')')
  const field = text.slice(end + 2).split(' ')
  return {
    pid,
    comm: text.slice(text.indexOf('(') + 1, end),
    state: field[0]!,
    ppid: Number(field[1]),
    pgrp: Number(field[2]),
    session: Number(field[3]),
    threads: Number(field[17]),
    startTicks: Number(field[19]),
  }
}

const isDead = (stat: ProcStat): boolean => (stat.state === 'Z' && stat.threads <= 1) || stat.state === 'X'

/** null when there is no such process or only its zombie is left. */
export function identOf(pid: number): Ident | null {
  const stat = statOf(pid)
  return stat && !isDead(stat) ? { pid, startTicks: stat.startTicks } : null
}

/** Exactly this process lives; a number that was given to another one does not count. */
export function isAlive(ident: Ident): boolean {
  return identOf(ident.pid)?.startTicks === ident.startTicks
}

export function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
}

export function commandLine(pid: number): string[] {
  const text = readOrNull(`/proc/${pid}/cmdline`)
  return text ? text.split('\0').slice(0, -1) : []
}

/** Whether its environment has this somewhere: a tenth of the work of `environOf`, for all the processes of the machine. */
export const environHas = (pid: number, words: string): boolean =>
  readOrNull(`/proc/${pid}/environ`)?.includes(Buffer.from(words).toString('latin1')) === true

export function environOf(pid: number): Record<string, string> {
  const env: Record<string, string> = {}
  for (const pair of readOrNull(`/proc/${pid}/environ`)?.split('\0') ?? []) {
    const at = pair.indexOf('=')
    if (at > 0) env[pair.slice(0, at)] = Buffer.from(pair.slice(at + 1), 'latin1').toString()
  }
  return env
}

/**
 * Every live process below this one by ppid, itself not included. None when it is gone: its number may be another's by
 * now, and what is below that one is not ours to end.
 */
export function descendantsOf(root: Ident): ProcStat[] {
  const table = allPids()
    .map(statOf)
    .filter((stat): stat is ProcStat => stat !== null && !isDead(stat))
  if (!table.some((stat) => stat.pid === root.pid && stat.startTicks === root.startTicks)) return []
  const family = new Set([root.pid])
  for (let size = 0; size !== family.size; ) {
    size = family.size
    for (const stat of table) if (family.has(stat.ppid)) family.add(stat.pid)
  }
  return table.filter((stat) => stat.pid !== root.pid && family.has(stat.pid))
}

/** Signals exactly this process; false when it is gone already. */
export function signalIdent(ident: Ident, signal: NodeJS.Signals): boolean {
  if (!isAlive(ident)) return false
  try {
    process.kill(ident.pid, signal)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** SIGKILL, then waits until it is gone; throws after 10 s (a process in state D cannot be ended). */
export async function endIdent(ident: Ident): Promise<void> {
  signalIdent(ident, 'SIGKILL')
  const deadline = performance.now() + 10_000
  while (isAlive(ident)) {
    if (performance.now() > deadline) throw new Error(`pid ${ident.pid} (${commandLine(ident.pid).join(' ')}) survives SIGKILL`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

/** The most memory it has ever held, bytes (VmHWM). */
export function peakBytesOf(pid: number): number {
  return 1024 * Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}

/** Who listens on a TCP port of this machine, oldest first: a server's workers have its socket too. */
export function listenersOf(port: number): number[] {
  const inodes = new Set<string>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6'])
    for (const line of (readOrNull(file) ?? '').split('\n').slice(1)) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
      if (state === '0A' && Number.parseInt(local!.split(':')[1]!, 16) === port) inodes.add(`socket:[${inode}]`)
    }
  const holds = (pid: number): boolean => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some((fd) => inodes.has(readlinkSync(`/proc/${pid}/fd/${fd}`)))
    } catch {
      // It has ended, or closed that file, while we looked.
      return false
    }
  }
  return inodes.size === 0 ? [] : allPids().filter(holds)
}

/** What its C library holds between the program and the mapped blocks (`[heap]`), bytes that are its own. */
export function heapBytesOf(pid: number): number {
  const heap = readFileSync(`/proc/${pid}/smaps`, 'latin1').split('[heap]')[1]
  return heap === undefined ? 0 : 1024 * Number(/^Anonymous:\s+(\d+) kB$/m.exec(heap)![1])
}

/** CPU time it has used so far, ms: what work costs, however busy the machine is. */
export function cpuMsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const field = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // Ticks of 1/100 s on every Linux that Node runs on.
  return 10 * (Number(field[11]) + Number(field[12]))
}
