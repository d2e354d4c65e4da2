/** A cgroup v2 of its own for a run, below the daemon's, where permitted; with hard limits where its controllers are there. */
import { accessSync, constants, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { RunLimits } from '../core/world.ts'
import { CannotStart } from './cannot-start.ts'
import { errnoOf, unless } from './errno.ts'

export interface RunCgroup {
  procs: string
  /** Whether the kernel has killed a process of it for want of memory. */
  outOfMemory(): boolean
  /** Unless something of the run lives on: then the next run of the same name does. */
  remove(): void
}

/** Where cgroups are made; tests have a tree of their own. */
export interface CgroupTree {
  /** The daemon's; null = there is no cgroup v2. */
  own: string | null
  make(directory: string): void
}

/** Where the daemon itself goes: a cgroup with processes of its own hands no controllers on. */
const DAEMON = 'ptrack-daemon'
const PERIOD_US = 100_000

const real = (): CgroupTree => ({ own: ownCgroup(), make: mkdirSync })

/** That of a run, whichever daemon has made it; null where there is no cgroup v2. */
export function runCgroup(name: string, runId: string, { own }: CgroupTree = real()): RunCgroup | null {
  if (own === null) return null
  const directory = join(parentOf(own), `${prefixOf(name)}${runId}`)
  return {
    procs: join(directory, 'cgroup.procs'),
    outOfMemory: () => /^oom_kill [1-9]/m.test(readIfThere(join(directory, 'memory.events'))),
    remove: () => removeIfEmpty(directory),
  }
}

/** Throws CannotStart (CGROUP). */
export function createRunCgroup(name: string, runId: string, limits: RunLimits, tree: CgroupTree = real()): RunCgroup {
  const made = runCgroup(name, runId, tree)
  if (made === null || tree.own === null) throw new CannotStart('CGROUP', 'there is no cgroup v2 here; start it without --cgroup')
  const parent = parentOf(tree.own)
  const directory = dirname(made.procs)
  try {
    for (const entry of readdirSync(parent)) if (isRunOf(name, entry)) removeIfEmpty(join(parent, entry))
    const wanted = wantedControllers(parent, limits)
    handOn(parent, wanted, tree)
    tree.make(directory)
    accessSync(made.procs, constants.W_OK)
    for (const [file, value] of settings(limits, wanted)) writeFileSync(join(directory, file), value)
  } catch (cause) {
    removeIfEmpty(directory)
    const errno = errnoOf(cause)
    if (cause instanceof CannotStart || errno === undefined) throw cause
    throw new CannotStart(
      'CGROUP',
      `no cgroup can be made below ${parent} (${errno}); have it delegated (Delegate=yes in the daemon's unit) or start without --cgroup`,
      { cause },
    )
  }
  return made
}

const parentOf = (own: string): string => (basename(own) === DAEMON ? dirname(own) : own)

const readIfThere = (file: string): string => unless(['ENOENT', 'ENODEV'], '', () => readFileSync(file, 'utf8'))

/** The limit of memory is watched in any case, so it does without its controller; the others have nothing else. */
function wantedControllers(parent: string, { memoryBytes, cpus, pids }: RunLimits): string[] {
  const there = readIfThere(join(parent, 'cgroup.controllers')).trim().split(/\s+/)
  const wanted: string[] = []
  for (const [controller, limit, option] of [
    ['cpu', cpus, '--cpus'],
    ['pids', pids, '--pids'],
  ] as const) {
    if (limit === null) continue
    wanted.push(controller)
    if (!there.includes(controller))
      throw new CannotStart(
        'CGROUP',
        `${parent} has no ${controller} controller of cgroup v2; have it delegated (Delegate=yes in the daemon's unit) or start without ${option}`,
      )
  }
  return memoryBytes !== null && there.includes('memory') ? [...wanted, 'memory'] : wanted
}

function handOn(parent: string, wanted: readonly string[], { own, make }: CgroupTree): void {
  const control = join(parent, 'cgroup.subtree_control')
  const enabled = wanted.length === 0 ? [] : readIfThere(control).trim().split(/\s+/)
  const missing = wanted.filter((controller) => !enabled.includes(controller))
  if (missing.length === 0) return
  if (own === parent) leave(parent, make)
  try {
    writeFileSync(control, missing.map((controller) => `+${controller}`).join(' '))
  } catch (cause) {
    if (errnoOf(cause) !== 'EBUSY') throw cause
    throw new CannotStart(
      'CGROUP',
      `${parent} cannot hand on limits while other processes are in it; run the daemon in a unit of its own (\`ptrack systemd install\`)`,
      { cause },
    )
  }
}

/** The daemon and, in a unit of its own, what it started without a cgroup. */
function leave(parent: string, make: CgroupTree['make']): void {
  const place = join(parent, DAEMON)
  unless(['EEXIST'], undefined, () => make(place))
  const all = readFileSync(join(parent, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)
  const pids = parent.endsWith('.service') ? all : all.filter((pid) => pid === String(process.pid))
  for (const pid of pids) unless(['ESRCH'], undefined, () => writeFileSync(join(place, 'cgroup.procs'), pid))
}

function settings({ memoryBytes, cpus, pids }: RunLimits, wanted: readonly string[]): [string, string][] {
  const all: [string, string][] = []
  if (memoryBytes !== null && wanted.includes('memory')) all.push(['memory.max', String(memoryBytes)])
  if (cpus !== null) all.push(['cpu.max', `${Math.max(1000, Math.round(cpus * PERIOD_US))} ${PERIOD_US}`])
  if (pids !== null) all.push(['pids.max', String(pids)])
  return all
}

/** One directory, without the slash behind a project. */
const prefixOf = (name: string): string => `ptrack-${name.replace('/', '@')}-`

/** Run ids are hexadecimal, so `web` does not match `web-2`'s. */
const isRunOf = (name: string, entry: string): boolean =>
  entry.startsWith(prefixOf(name)) && /^[0-9a-f]{8,}$/.test(entry.slice(prefixOf(name).length))

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const errno = errnoOf(error)
    if (errno !== 'EBUSY' && errno !== 'ENOENT' && errno !== 'ENOTEMPTY') throw error
  }
}

/** The mount of cgroup v2 (on hybrid systems not /sys/fs/cgroup itself) joined with this process's place in it. */
function ownCgroup(): string | null {
  try {
    const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))?.[1]
    const place = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1]
    return mount === undefined || place === undefined ? null : join(mount, place)
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null
    throw error
  }
}
