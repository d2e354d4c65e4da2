/** What the log tests share: a keeper over a scratch directory, and writers that behave as supervised programs do. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { gunzipSync } from 'node:zlib'
import { createLogKeeper, type LogKeeperOptions } from '../../../src/adapters/logs/log-keeper.ts'
import type { Clock, DaemonLog } from '../../../src/core/world.ts'
import type { LogKeeper } from '../../../src/core/world-logs.ts'

export const realClock: Clock = {
  mono: () => performance.now(),
  wall: () => Date.now(),
  wakeAfter: (ms, callback) => {
    const timer = setTimeout(callback, ms)
    timer.unref()
    return () => clearTimeout(timer)
  },
}

export interface ToldLog extends DaemonLog {
  told: string[]
}

export function recordingLog(): ToldLog {
  const told: string[] = []
  const tell = (level: string) => (component: string, message: string) => void told.push(`${level} ${component} ${message}`)
  return { told, debug: tell('debug'), info: tell('info'), warn: tell('warn'), error: tell('error') }
}

export const scratch = (under = tmpdir()): string => mkdtempSync(join(under, 'ptrack-logs-'))
export const discard = (dir: string): void => rmSync(dir, { recursive: true, force: true })

export interface Kept {
  dir: string
  keeper: LogKeeper
  log: ToldLog
}

export function keeperIn(dir: string, options: Partial<LogKeeperOptions> = {}): Kept {
  const log = recordingLog()
  return { dir, log, keeper: createLogKeeper({ dir, clock: realClock, log, freezeTree: () => null, ...options }) }
}

/** Polls until the condition holds; fails with what was awaited. */
export async function until(what: string, condition: () => boolean | Promise<boolean>, limitMs = 40_000): Promise<void> {
  const deadline = performance.now() + limitMs
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`never happened: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export const write = (dir: string, name: string, text: string | Buffer, stream = 'out'): void =>
  appendFileSync(join(dir, `${name}.${stream}.log`), text)

/** Everything ever written that is still kept, oldest first. */
export function wholeText(dir: string, name: string, stream = 'out'): string {
  return wholeFile(dir, `${name}.${stream}.log`)
}

/** The same of a file whose archives are called after another one. */
export function wholeFile(dir: string, live: string, own = live): string {
  const numbers = new Map<number, string>()
  for (const file of readdirSync(dir)) {
    const match = new RegExp(`^${own.replaceAll('.', '\\.')}\\.(\\d+)(\\.gz)?$`).exec(file)
    if (match) numbers.set(Number(match[1]), file)
  }
  const archives = [...numbers].sort((a, b) => b[0] - a[0]).map(([, file]) => readFileSync(join(dir, file)))
  const unpacked = archives.map((bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes))
  const rest = existsSync(join(dir, live)) ? readFileSync(join(dir, live)) : Buffer.alloc(0)
  return Buffer.concat([...unpacked, rest]).toString('utf8')
}

/** Fails unless the text is exactly the numbered lines from 0 on; returns how many there are. */
export function countNumbered(text: string): number {
  const lines = text.split('\n')
  if (lines.at(-1) === '') lines.pop()
  lines.forEach((line, i) => {
    if (Number(line.split(' ')[0]) !== i) throw new Error(`line ${i} reads ${JSON.stringify(line.slice(0, 60))}`)
  })
  return lines.length
}

/** No rotation is at work and every archive is packed. A copy that is not numbered yet (.new) is in no archive and no live file. */
export const allPacked = (dir: string): boolean => readdirSync(dir).every((file) => !/\.\d+$|\.tmp$|\.new$/.test(file))

export const numbered = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => `${from + i} ${'x'.repeat(40)}\n`).join('')

/** A program that writes numbered lines into its log as a supervised child does: O_APPEND, nothing in between. */
export function startWriter(file: string, count: number, linesPerWrite = 50, pauseMs = 0): ChildProcess {
  const script = `
    const fs = require('node:fs'); let n = 0
    while (n < ${count}) { let s = ''; for (let i = 0; i < ${linesPerWrite} && n < ${count}; i++) s += (n++) + ' ' + 'x'.repeat(40) + '\\n'
      let b = Buffer.from(s); while (b.length) b = b.subarray(fs.writeSync(1, b))
      if (${pauseMs}) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ${pauseMs}) }`
  return spawn(process.execPath, ['-e', script], { stdio: ['ignore', openSync(file, 'a', 0o600), 'inherit'] })
}

export const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()))

/** Mounts a tmpfs of that size; null where that is not allowed, which tests give as `mounts` to skipFor. */
export function mountTmpfs(dir: string, size: string): (() => void) | null {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir], { stdio: 'pipe' })
  } catch (error) {
    if (process.env.CI === 'true') throw error
    return null
  }
  return () => execFileSync('umount', ['-l', dir], { stdio: 'pipe' })
}
