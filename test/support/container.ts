/**
 * What a container is to a program, without docker: a PID and a mount namespace of its own, with /tmp, /run and /dev/shm of their own,
 * no entry for its user, and a root that may be read-only. The checkout, Node and the directory of the test are seen at /mnt.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readlinkSync } from 'node:fs'
import { root } from './bundle.ts'
import type { RunResult, TestHome } from './daemon.ts'
import { allPids, type Ident, identOf, type ProcStat, signalIdent, statOf } from './proc.ts'
import { type Ability, asRoot, type Tool } from './requires.ts'
import { until } from './until.ts'

/** The directory of the test, inside. */
export const SHARED = '/mnt/shared'

export const CONTAINERS: readonly (Tool | Ability)[] = [asRoot, 'unshare', 'nsenter', 'mount', 'setpriv', 'ps']

const PREPARE = `
set -e
mount --make-rprivate /
mount -t tmpfs tmpfs /mnt
mkdir /mnt/checkout /mnt/shared /mnt/bin
mount --bind "$CHECKOUT" /mnt/checkout
mount --bind "$OUTSIDE" /mnt/shared
touch /mnt/node && mount --bind "$NODE" /mnt/node
ln -s /mnt/node /mnt/bin/node
ln -s /mnt/checkout/bin/ptrack.js /mnt/bin/ptrack
ln -s /mnt/checkout/bin/ptrack-init /mnt/bin/ptrack-init
for d in /tmp /run /dev/shm; do mount -t tmpfs -o "mode=$MODE" tmpfs $d; done
test -z "$READ_ONLY" || { for d in / /tmp /run /mnt; do mount -o remount,bind,ro $d; done; }
cd /mnt/shared
unset CHECKOUT OUTSIDE NODE MODE READ_ONLY
`

export interface ContainerOptions {
  /** What PID 1 is and does. */
  command: readonly string[]
  env?: Record<string, string | undefined>
  /** A user without an entry in /etc/passwd. */
  uid?: number
  /** Nothing but /dev/shm and what is shared can be written to. */
  readOnly?: boolean
  /** A shell that ignores nothing: what `docker --init` puts before the command. */
  underInit?: boolean
}

export interface Container {
  pid1: Ident
  stdout(): string
  stderr(): string
  /** The exit code of PID 1. */
  ended: Promise<number | null>
  signal(signal: NodeJS.Signals): void
  /** As `docker exec` does, by the same user; PTRACK_HOME is not in the environment. */
  exec(command: readonly string[]): Promise<RunResult>
  processes(): ProcStat[]
  close(): Promise<void>
}

const asUser = (uid: number | undefined): string[] =>
  uid === undefined ? [] : ['setpriv', `--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--']

const inside = (env: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...env, PTRACK_HOME: undefined, ...env, PATH: `/mnt/bin:${env.PATH}` }).filter(
      (pair): pair is [string, string] => pair[1] !== undefined,
    ),
  )

/** Reads to the end; `closed` when nothing holds the stream. */
function collect(child: ChildProcess): { stdout: string; stderr: string } {
  const got = { stdout: '', stderr: '' }
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.setEncoding('utf8').on('data', (chunk: string) => {
      got[stream] += chunk
    })
  return got
}

export async function startContainer(
  t: Pick<TestHome, 'dir' | 'env' | 'alsoEnd'>,
  options: ContainerOptions,
): Promise<Container> {
  const env = inside({ ...t.env, PTRACK_HOME: undefined, ...options.env })
  const given = { CHECKOUT: root, OUTSIDE: t.dir, NODE: process.execPath, MODE: '1777', READ_ONLY: options.readOnly ? 'yes' : '' }
  const script = `${PREPARE}${options.underInit ? '"$@"; exit $?' : 'exec "$@"'}`
  const words = ['--fork', '--pid', '--mount', '--mount-proc', '--kill-child', 'sh', '-c', script, 'sh']
  const child = spawn('unshare', [...words, ...asUser(options.uid), ...options.command], {
    env: { ...env, ...given },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.alsoEnd(child.pid!)
  const got = collect(child)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  const first = (): Ident | null => {
    const pid = allPids().find((each) => statOf(each)?.ppid === child.pid)
    return pid === undefined ? null : identOf(pid)
  }
  const pid1 = await until(() => first() ?? (child.exitCode === null ? false : fail(got.stderr)), 'PID 1 is there')
  return {
    pid1,
    stdout: () => got.stdout,
    stderr: () => got.stderr,
    ended,
    signal: (signal) => {
      signalIdent(pid1, signal)
    },
    async exec(command) {
      const enter = ['-t', String(pid1.pid), '-p', '-m', '--', 'env', '-C', SHARED, ...asUser(options.uid), ...command]
      const one = spawn('nsenter', enter, { env: { ...env, PTRACK_HOME: undefined }, stdio: ['ignore', 'pipe', 'pipe'] })
      const printed = collect(one)
      const [code, signal] = await once(one, 'close')
      return { code, signal, ...printed }
    },
    processes: () => {
      const namespace = (pid: number): string | null => statOf(pid) && readNamespace(pid)
      const own = namespace(pid1.pid)
      return allPids()
        .filter((pid) => own !== null && namespace(pid) === own)
        .map(statOf)
        .filter((stat): stat is ProcStat => stat !== null)
    },
    async close() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

function readNamespace(pid: number): string | null {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return null
  }
}

const fail = (why: string): never => {
  throw new Error(`cannot start a container: ${why}`)
}
