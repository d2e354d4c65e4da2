/** `ptrack dev` as a script has it: a process whose output is read as it comes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cliFile } from './bundle.ts'
import type { TestHome } from './daemon.ts'

export interface DevEnd {
  code: number | null
  signal: NodeJS.Signals | null
}

export interface Dev {
  pid: number
  child: ChildProcess
  /** stdout so far, as lines. */
  lines(): string[]
  text(): string
  stderr(): string
  shows(what: RegExp, ms?: number): Promise<unknown>
  /** Asks it to end, in this way, and waits for it. */
  end(signal: NodeJS.Signals): Promise<DevEnd>
  ended: Promise<DevEnd>
}

/** A directory with files; a project of its name. */
export function directoryWith(t: TestHome, name: string, files: Record<string, string>): string {
  const directory = join(t.dir, name)
  mkdirSync(directory, { recursive: true })
  for (const [file, text] of Object.entries(files)) writeFileSync(join(directory, file), text)
  return directory
}

/** `reads: false`: nobody takes its output until `child.stdout` is resumed. */
export function startDev(t: TestHome, cwd: string, args: string[] = [], { reads = true } = {}): Dev {
  const child = spawn(process.execPath, [cliFile, 'dev', ...args], { cwd, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  t.alsoEnd(child.pid!)
  let stdout = ''
  let stderr = ''
  child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
    stdout += chunk
  })
  if (!reads) child.stdout!.pause()
  child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk
  })
  const ended = new Promise<DevEnd>((resolve) => child.once('close', (code, signal) => resolve({ code, signal })))
  const dev: Dev = {
    pid: child.pid!,
    child,
    lines: () => stdout.split('\n').slice(0, -1),
    text: () => stdout,
    stderr: () => stderr,
    shows: (what, ms) =>
      t
        .until(() => what.test(stdout), `dev shows ${what}`, ms)
        .catch((cause: Error) => {
          throw new Error(`${cause.message}\nstdout: ${stdout}\nstderr: ${stderr}`, { cause })
        }),
    end: (signal) => {
      child.kill(signal)
      return ended
    },
    ended,
  }
  return dev
}
