/**
 * A PTRACK_HOME of its own for one test, driven as a user drives it: through bin/ptrack.js, which starts a real daemon.
 * Nothing that runs under it outlives `close()`.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../src/client/connect.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { Input, Method, Reply } from '../../src/protocol/requests.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { bundles, cliFile, root } from './bundle.ts'
import { allPids, commandLine, endIdent, environHas, environOf, type Ident, identOf, isAlive, statOf } from './proc.ts'
import { until } from './until.ts'

export const programs = join(root, 'test/fixtures/programs')
export const program = (name: string): string => join(programs, name)

export interface RunOptions {
  /** Added to the clean environment of the home; undefined removes a variable. */
  env?: Record<string, string | undefined>
  cwd?: string
  /** Written to stdin, which is then closed; without it stdin is /dev/null. */
  input?: string
  timeoutMs?: number
  /** Another build's bin/ptrack.js. */
  cli?: string
}
type HereOptions = Pick<RunOptions, 'env' | 'cwd' | 'input'>
export interface RunResult {
  /** Exit code; 128+n after signal n would be a shell's invention, so a signal is null here. */
  code: number | null
  signal: NodeJS.Signals | null
  stdout: string
  stderr: string
}
/** A process that carries the PTRACK_HOME of this home in its environment. */
export interface HomeProcess extends Ident {
  command: string[]
  /** PTRACK_ID and PTRACK_RUN, null for a CLI or a daemon. */
  id: string | null
  run: string | null
}
export interface DaemonFile extends Ident {
  /** daemon.json as it stands. */
  file: Record<string, unknown>
}

export type TestHome = Awaited<ReturnType<typeof testHome>>

/** The runner's own variables (and a certificate file that costs 30 ms a start) are no part of a user's shell. */
const notAUsers =
  /^(NODE_EXTRA_CA_CERTS|NODE_OPTIONS|NODE_ENV|VITEST.*|TEST|DEV|PROD|MODE|SSR|BASE_URL|FORCE_COLOR|PTRACK_.*|NOTIFY_SOCKET)$/
function userEnv(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => !notAUsers.test(pair[0]) && pair[1] !== undefined),
  )
}

function tailOf(file: string, lines: number): string {
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no such file)'
}

/** What a command printed, where it has to succeed; and what it printed as JSON. */
function checked<Options>(run: (args: string[], options?: Options) => Promise<RunResult>, logTail: () => string) {
  return {
    /** Throws unless it exits 0. */
    ok: async (args: string[], options?: Options): Promise<RunResult> => {
      const result = await run(args, options)
      if (result.code !== 0) {
        throw new Error(
          `ptrack ${args.join(' ')} exited ${result.code ?? result.signal}\nstdout: ${result.stdout}\nstderr: ${result.stderr}\n${logTail()}`,
        )
      }
      return result
    },
    /** The parsed output of `ptrack ARGS --json`, whatever the exit code: errors are JSON too. */
    json: async <T = unknown>(args: string[], options?: Options): Promise<T> => {
      const split = args.indexOf('--')
      const full = split < 0 ? [...args, '--json'] : [...args.slice(0, split), '--json', ...args.slice(split)]
      const result = await run(full, options)
      try {
        return JSON.parse(result.stdout) as T
      } catch (cause) {
        throw new Error(
          `ptrack ${full.join(' ')} (exit ${result.code}) printed no JSON: ${result.stdout}\nstderr: ${result.stderr}`,
          { cause },
        )
      }
    },
  }
}

export async function testHome(options: { env?: Record<string, string> } = {}) {
  for (const file of bundles)
    if (!existsSync(file)) throw new Error(`cannot test through the CLI: ${file} is missing; try npm run build`)
  const base = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-test-')))
  const home = join(base, 'home')
  const env: Record<string, string> = {
    ...userEnv(),
    NO_COLOR: '1',
    PTRACK_HOME: home,
    PTRACK_HTTP: 'off',
    XDG_CONFIG_HOME: join(base, 'config'),
    ...options.env,
  }
  const extra: Ident[] = []

  const logTail = (lines = 30): string => `daemon.log (last ${lines} lines):\n${tailOf(join(home, 'daemon.log'), lines)}`

  const environment = (more: RunOptions['env']): Record<string, string> =>
    Object.fromEntries(Object.entries({ ...env, ...more }).filter((pair): pair is [string, string] => pair[1] !== undefined))

  function run(args: string[], runOptions: RunOptions = {}): Promise<RunResult> {
    return new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [runOptions.cli ?? cliFile, ...args], {
        cwd: runOptions.cwd ?? base,
        env: environment(runOptions.env),
        stdio: [runOptions.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      })
      let stdout = ''
      let stderr = ''
      child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
        stdout += chunk
      })
      child.stderr!.setEncoding('utf8').on('data', (chunk: string) => {
        stderr += chunk
      })
      child.stdin?.end(runOptions.input)
      const timer = setTimeout(() => {
        const state = child.exitCode === null ? 'still runs' : 'ended, but something it started still holds its stdout or stderr'
        child.kill('SIGKILL')
        child.stdout!.destroy()
        child.stderr!.destroy()
        reject(
          new Error(
            `ptrack ${args.join(' ')}: ${state} after ${runOptions.timeoutMs ?? 60_000} ms\nstdout: ${stdout}\nstderr: ${stderr}\n${logTail()}`,
          ),
        )
      }, runOptions.timeoutMs ?? 60_000)
      child.once('error', reject)
      // `close`, not `exit`: a daemon that kept the caller's stdout open would hang every `x=$(ptrack ls)`.
      child.once('close', (code, signal) => {
        clearTimeout(timer)
        resolve({ code, signal, stdout, stderr })
      })
    })
  }

  /** `run` in the process of the test. */
  async function runHere(args: string[], { env: more, cwd = base, input }: HereOptions = {}): Promise<RunResult> {
    // Loaded where it is used: many tests need no command.
    const { runInside } = await import('./inside.ts')
    return { ...(await runInside(args, { env: environment(more), cwd, input })), signal: null }
  }

  const { ok, json } = checked(run, logTail)
  /** `run`, `ok` and `json` without a process in between, which costs a tenth: for what a test sets up or looks at beside its subject. */
  const here = { run: runHere, ...checked(runHere, logTail) }

  /** A request without a command in between, which costs a tenth: for what a test asks again and again. Throws UNREACHABLE. */
  async function request<M extends Method>(method: M, params: Input<M>): Promise<Reply<M>> {
    const client = await connect({ home, clientName: 'test' })
    try {
      return await client.request(method, params)
    } finally {
      client.close()
    }
  }

  /** The view of one process, or undefined when there is none of that name. The command is the one that starts a daemon. */
  async function ls(name: string): Promise<ProcessView | undefined> {
    const views = await request('list', { all: true }).catch((error: unknown) => {
      if (error instanceof PtrackError && error.code === 'UNREACHABLE') return here.json<ProcessView[]>(['ls', '--all'])
      throw error
    })
    return views.find((view) => view.name === name)
  }

  /** The live daemon of this home; null when there is none. */
  function daemon(): DaemonFile | null {
    const path = join(home, 'daemon.json')
    if (!existsSync(path)) return null
    const file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const ident = typeof file.pid === 'number' ? identOf(file.pid) : null
    // A stale file may name a number that now belongs to someone else.
    return ident && ident.startTicks === file.startTicks ? { ...ident, file } : null
  }

  /** Every daemon started for this home, listening or not: there must never be two. */
  function daemons(): Ident[] {
    const pids = allPids().filter((pid) => {
      const words = commandLine(pid)
      return words.some((word) => word.endsWith('ptrackd.cjs')) && words.includes(home)
    })
    // A child between fork and exec is still a copy of the daemon: a kill of it would be one of the recorder that it becomes.
    return pids
      .filter((pid) => !pids.includes(statOf(pid)?.ppid ?? 0))
      .map(identOf)
      .filter((ident): ident is Ident => ident !== null)
  }

  /** kill -9, as the OOM killer would; returns once it is gone. */
  async function killDaemon(): Promise<Ident> {
    const ident = daemon()
    if (ident === null) throw new Error(`there is no daemon to kill\n${logTail()}`)
    await endIdent(ident)
    return ident
  }

  /** Everything that carries this home's marker, except the daemon. */
  function processes(): HomeProcess[] {
    const daemonPid = daemon()?.pid
    const found: HomeProcess[] = []
    for (const pid of allPids()) {
      if (pid === daemonPid || pid === process.pid || !environHas(pid, home)) continue
      const ident = identOf(pid)
      const environ = ident ? environOf(pid) : {}
      // What holds shared sockets belongs to no run, and has no other mark.
      const holds = environ.PTRACK_HOLDER?.startsWith(`${home}/`) ?? false
      if (!ident || !(environ.PTRACK_HOME === home || holds)) continue
      found.push({ ...ident, command: commandLine(pid), id: environ.PTRACK_ID ?? null, run: environ.PTRACK_RUN ?? null })
    }
    return found
  }

  /** As `ptrack daemon stop --kill-children` does. */
  async function stopDaemon(running: DaemonFile): Promise<void> {
    const client = await connect({ home, clientName: 'test', acceptSkew: true })
    try {
      // Closed without an answer: it is on its way out for another reason.
      await Promise.race([client.request('daemon.stop', { killChildren: true }), client.closed])
    } finally {
      client.close()
    }
    await until(() => !isAlive(running), 'the daemon is gone', 45_000)
  }

  /** Ends all of this home and removes it; returns what only SIGKILL ended, for tests that say nothing may be left. */
  async function close(): Promise<HomeProcess[]> {
    const running = daemon()
    if (running) await stopDaemon(running).catch((error: Error) => console.warn(`close: ${error.message}`))
    const left: HomeProcess[] = []
    let outlived: Ident[] = []
    // Several passes: something may have been forking while the list was read.
    for (let pass = 0; pass < 20; pass++) {
      const found = processes()
      const supervisors = daemons()
      outlived = [...found, ...supervisors]
      if (!outlived.length) break
      left.push(...found)
      // The daemon first: it would start again what we end.
      await Promise.all(supervisors.map(endIdent))
      await Promise.all(found.map(endIdent))
    }
    await Promise.all([...extra, ...(running ? [running] : [])].map(endIdent))
    outlived.push(...extra.filter(isAlive))
    if (outlived.length) throw new Error(`these processes outlived their test: ${JSON.stringify(outlived)}`)
    rmSync(base, { recursive: true, force: true, maxRetries: 5 })
    return left
  }

  return {
    home,
    /** Private directory beside the home; the working directory of every command. */
    dir: base,
    env,
    run,
    ok,
    json,
    here,
    request,
    ls,
    daemon,
    daemons,
    killDaemon,
    processes,
    logTail,
    close,
    /** Waits for a fact; when it fails the daemon's log is part of the message. */
    until: <T>(fact: () => T | Promise<T>, what: string | (() => string), ms?: number) => until(fact, what, ms, logTail),
    /** Has `close` end a process that carries no marker (started with `env -i`, say). */
    alsoEnd(pid: number): Ident | null {
      const ident = identOf(pid)
      if (ident) extra.push(ident)
      return ident
    },
    logFile: (name: string, stream: 'out' | 'err' = 'out'): string => join(home, 'logs', `${name}.${stream}.log`),
  }
}
