/** A user's program: a few lines that import the built library, run by a Node of their own. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { root } from '../../support/bundle.ts'

export interface Ran {
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}

export interface Running {
  pid: number
  /** Resolves when it has written this to stdout. */
  said(text: string): Promise<void>
  signal(signal: NodeJS.Signals): void
  ended: Promise<Ran>
}

const library = pathToFileURL(join(root, 'dist/index.js')).href

/** `source` may use connect, track, PtrackError and TaskCancelled. */
export function runScript(source: string, env: Record<string, string | undefined>): Running {
  const text = `import { connect, track, PtrackError, TaskCancelled } from ${JSON.stringify(library)}\n${source}`
  return runNode(['--input-type=module', '-e', text], env)
}

export function runNode(args: string[], env: Record<string, string | undefined>): Running {
  const child = spawn(process.execPath, args, {
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ran: Ran = { code: null, signal: null, stdout: '', stderr: '' }
  const looks = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    ran.stdout += chunk
    for (const look of looks) look()
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    ran.stderr += chunk
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), 30_000)
  const ended = new Promise<Ran>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve(Object.assign(ran, { code, signal }))
    })
  })
  return {
    pid: child.pid!,
    ended,
    signal: (signal) => void child.kill(signal),
    said: (wanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!ran.stdout.includes(wanted)) return
          looks.delete(look)
          resolve()
        }
        looks.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended without saying ${wanted}: ${ran.stdout}${ran.stderr}`)))
      }),
  }
}
