/** Runs the CLI in this process, with streams that record and interrupts at will. */

import type { Io } from '../../../src/cli/io.ts'
import { main } from '../../../src/cli/main.ts'

export interface CliResult {
  code: number
  stdout: string
  stderr: string
}

export interface CliOptions {
  home?: string
  env?: Record<string, string>
  cwd?: string
  /** A terminal so wide; absent = not a terminal. */
  columns?: number
  /** stderr is a terminal so wide. */
  stderrColumns?: number
  /** Lines of stdin. */
  input?: string[]
  /** Told each time something was printed; may interrupt. */
  onOutput?: (soFar: CliResult, interrupt: (signal: NodeJS.Signals) => void) => void
}

export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const result: CliResult = { code: -1, stdout: '', stderr: '' }
  const listeners = new Set<(signal: NodeJS.Signals) => void>()
  const interrupt = (signal: NodeJS.Signals): void => {
    for (const listener of [...listeners]) listener(signal)
  }
  const print = (stream: 'stdout' | 'stderr') => (text: string) => {
    result[stream] += text
    options.onOutput?.(result, interrupt)
  }
  const printers = { out: print('stdout'), err: print('stderr') }
  const io: Io = {
    env: {
      PATH: process.env.PATH,
      XDG_CONFIG_HOME: '/nonexistent/ptrack-test',
      NO_COLOR: '1',
      ...(options.home ? { PTRACK_HOME: options.home } : {}),
      ...options.env,
    },
    cwd: options.cwd ?? process.cwd(),
    ...printers,
    pour: (stream, data) => {
      printers[stream](typeof data === 'string' ? data : Buffer.from(data).toString('utf8'))
      return null
    },
    stdoutIsTty: options.columns !== undefined,
    stderrIsTty: options.stderrColumns !== undefined,
    columns: () => options.columns ?? null,
    stderrColumns: () => options.stderrColumns ?? null,
    inputLines: async function* () {
      yield* options.input ?? []
    },
    stdinKind: () => 'empty',
    stdin: () => process.stdin,
    daemonScript: '/nonexistent/ptrackd.cjs',
    runDaemonHere: () => {
      throw new Error('not in a test')
    },
    onInterrupt: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  result.code = await main(argv, io)
  return result
}
