/** What a command may touch of the world outside: streams, environment, interrupts. Tests give one that records. */
import type { Readable } from 'node:stream'
import type { CallerEnv } from '../protocol/daemon-command.ts'

export interface Io {
  env: Record<string, string | undefined>
  /** Throws USAGE when it was removed. */
  readonly cwd: string
  out(text: string): void
  err(text: string): void
  /** For much: null, or a promise that resolves when the stream takes more (or nobody reads it any more). */
  pour(stream: 'out' | 'err', data: string | Uint8Array): Promise<void> | null
  stdoutIsTty: boolean
  stderrIsTty: boolean
  /** Columns of the terminal on stdout; null when it is none. */
  columns(): number | null
  /** The same for stderr. */
  stderrColumns(): number | null
  /** stdin by lines, without their ends. */
  inputLines(): AsyncIterable<string>
  /** What stdin is: `given` has bytes to hand on (a pipe, a file), `empty` is /dev/null or closed. */
  stdinKind(): 'empty' | 'terminal' | 'given'
  /** stdin itself; asking for it begins nothing. */
  stdin(): Readable
  /** Path of dist/ptrackd.cjs. */
  daemonScript: string
  /** Runs the daemon in this very process (`daemon run`), which is given these variables too. */
  runDaemonHere(home: string, env: CallerEnv): void
  /** SIGINT, SIGTERM, SIGHUP as they come, SIGPIPE when the reader of stdout has gone; returns a function that stops listening. */
  onInterrupt(listener: (signal: NodeJS.Signals) => void): () => void
}
