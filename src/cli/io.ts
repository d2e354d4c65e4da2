/** A command's access to the world: streams, environment, interrupts. Tests pass a recording one. */
import type { Readable } from 'node:stream'
import type { CallerEnv } from '../protocol/daemon-command.ts'

export interface Io {
  env: Record<string, string | undefined>
  /** Throws USAGE when it was removed. */
  readonly cwd: string
  out(text: string): void
  err(text: string): void
  /** For bulk output: null, or a promise that resolves when the stream takes more (or has no reader any more). */
  pour(stream: 'out' | 'err', data: string | Uint8Array): Promise<void> | null
  stdoutIsTty: boolean
  stderrIsTty: boolean
  /** Width of the terminal on stdout; null when it is none. */
  columns(): number | null
  stderrColumns(): number | null
  /** stdin by lines, without their ends. */
  inputLines(): AsyncIterable<string>
  /** `given` has bytes to pass on (a pipe, a file), `empty` is /dev/null or closed. */
  stdinKind(): 'empty' | 'terminal' | 'given'
  /** Lazy: nothing is read before it is used. */
  stdin(): Readable
  daemonScript: string
  /** The command line after `ptrack`. */
  words?: readonly string[]
  /** Runs the daemon in this process (`daemon run`), with these variables and flags added. */
  runDaemonHere(home: string, env: CallerEnv, flags: readonly string[]): void
  /** SIGINT, SIGTERM, SIGHUP (or `signals`, in this order), and SIGPIPE when the reader of stdout has gone; returns a function that stops listening. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void, signals?: readonly NodeJS.Signals[]): () => void
}
