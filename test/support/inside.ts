/**
 * The CLI without a process of its own: the same words go through the same parser to the same daemon, at a tenth of the
 * cost. For what a test sets up and looks at; the command that a test is about runs as users run it.
 */
import { Readable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { daemonFile } from './bundle.ts'

export interface InsideOptions {
  env: Record<string, string>
  cwd: string
  input?: string | undefined
}

export async function runInside(
  args: readonly string[],
  options: InsideOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const printed = { out: '', err: '' }
  const input = options.input ?? ''
  const io: Io = {
    env: options.env,
    cwd: options.cwd,
    out: (text) => {
      printed.out += text
    },
    err: (text) => {
      printed.err += text
    },
    pour: (stream, data) => {
      printed[stream] += typeof data === 'string' ? data : Buffer.from(data).toString('utf8')
      return null
    },
    stdoutIsTty: false,
    stderrIsTty: false,
    columns: () => null,
    stderrColumns: () => null,
    inputLines: async function* () {
      yield* input.split(/\n(?!$)/)
    },
    stdinKind: () => (options.input === undefined ? 'empty' : 'given'),
    stdin: () => Readable.from([Buffer.from(input)]),
    daemonScript: daemonFile,
    runDaemonHere: () => {
      throw new Error('cannot run the daemon in the process of the tests')
    },
    onInterrupt: () => () => undefined,
  }
  const code = await main(args, io)
  return { code, stdout: printed.out, stderr: printed.err }
}
