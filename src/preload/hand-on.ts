/**
 * Below npm and its like. Node marks what it inherits close-on-exec, so the program that they start would not get the sockets:
 * they are handed on at its first free descriptors.
 */
import { ChildProcess } from 'node:child_process'
import { type Inherited, isInherited } from './inherited.ts'

/** Package runners, and what stands before `node` in the scripts of a package.json. Not servers: their children are their own. */
const RUNNERS =
  /^(?:npm|npx|pnpm|pnpx|yarn|yarnpkg|corepack|cross-env|cross-env-shell|dotenv|dotenvx|env-cmd|tsx|run-s|npm-run-all)(?:-cli)?(?:-\d[\w.-]*?)?(?:\.[cm]?js)?$/

export function isRunner(script: string | undefined): boolean {
  return RUNNERS.test((script ?? '').replace(/^.*[\\/]/, ''))
}

interface SpawnOptions {
  stdio?: unknown
  envPairs?: string[]
}
type Spawn = (this: ChildProcess, options: SpawnOptions) => unknown

export function handOn(sockets: readonly Inherited[]): void {
  const prototype = ChildProcess.prototype as unknown as { spawn: Spawn }
  const real = prototype.spawn
  prototype.spawn = function (options) {
    return real.call(this, withSockets(options, sockets.filter(isInherited)))
  }
}

const NAME = 'PTRACK_LISTEN='

/** Unchanged for a child that does not get the variable: it could not know what it has. */
export function withSockets(options: SpawnOptions, sockets: readonly Inherited[]): SpawnOptions {
  const { stdio = 'pipe', envPairs } = options
  if (sockets.length === 0 || !envPairs?.some((pair) => pair.startsWith(NAME))) return options
  if (typeof stdio !== 'string' && !Array.isArray(stdio)) return options
  const given: unknown[] = typeof stdio === 'string' ? [stdio, stdio, stdio] : [...stdio]
  while (given.length < 3) given.push('pipe')
  const list = sockets.map((socket, index) => toEntry(socket, given.length + index))
  return {
    ...options,
    stdio: [...given, ...sockets.map(({ fd }) => fd)],
    envPairs: envPairs.map((pair) => (pair.startsWith(NAME) ? NAME + JSON.stringify(list) : pair)),
  }
}

const toEntry = ({ inode, name, port, host, path, backlog }: Inherited, fd: number): object =>
  path === null ? { fd, inode, name, port, host, backlog } : { fd, inode, name, path, backlog }
