/** The CLI's entry: connects the commands to this process's streams, signals and exit. Built as dist/ptrack.cjs. */
import { closeSync, createReadStream, fstatSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Io } from './cli/io.ts'
import { main } from './cli/main.ts'
import { PtrackError } from './protocol/errors.ts'

/** A computed path, so that the bundler leaves the other bundle out of this one. */
const beside = (file: string): string => join(__dirname, file)
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** Any of these ends waiting for a stream. */
const ROOM = ['drain', 'error', 'close'] as const

let readerGone = false
let listening: ((signal: NodeJS.Signals) => void) | null = null

/** `ptrack logs | head`: the reader has seen enough. A command that holds something (a job) is asked to end it first. */
const onStreamError = (error: NodeJS.ErrnoException): void => {
  if (error.syscall !== 'write') throw error
  if (error.code !== 'EPIPE') {
    process.stderr.write(`ptrack: cannot write the output: ${error.message}; make room, or write it elsewhere\n`)
    process.exit(1)
  }
  if (readerGone) return
  readerGone = true
  if (listening === null) process.exit(0)
  listening('SIGPIPE')
}
process.stdout.on('error', onStreamError)
// If stderr is gone, the exit code remains.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.syscall !== 'write' || error.code === 'EPIPE') onStreamError(error)
})

/** As `write`, and reports when there is room again. */
const pour = (stream: NodeJS.WriteStream, data: string | Uint8Array): Promise<void> | null => {
  if (readerGone || stream.write(data)) return null
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ROOM) stream.off(event, done)
      resolve()
    }
    for (const event of ROOM) stream.on(event, done)
  })
}

/** Node has put /dev/null where there was none. */
const stdinKind = (): ReturnType<Io['stdinKind']> => {
  const it = fstatSync(0)
  if (!it.isCharacterDevice()) return 'given'
  // Rarely needed.
  const { isatty } = require('node:tty') as typeof import('node:tty')
  if (isatty(0)) return 'terminal'
  return it.rdev === statSync('/dev/null').rdev ? 'empty' : 'given'
}

/** For a directory process.stdin is an empty input, where a read would be an error. */
const stdin = (): Readable => {
  const input = fstatSync(0).isDirectory() ? createReadStream('', { fd: 0, autoClose: false }) : process.stdin
  // Node never closes fd 0, so its writer would not notice that the reader is gone.
  return input.once('close', () => {
    closeSync(0)
    openSync('/dev/null', 'r')
  })
}

/** Lazy: most commands need none. */
const currentDirectory = (): string => {
  try {
    return process.cwd()
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    throw new PtrackError('USAGE', 'cannot use the current directory: it was removed', { hint: 'cd to one that exists', cause })
  }
}

const io: Io = {
  env: process.env,
  get cwd() {
    return currentDirectory()
  },
  out: (text) => {
    if (!readerGone) process.stdout.write(text)
  },
  err: (text) => {
    process.stderr.write(text)
  },
  pour: (stream, data) => pour(stream === 'out' ? process.stdout : process.stderr, data),
  stdoutIsTty: process.stdout.isTTY === true,
  stderrIsTty: process.stderr.isTTY === true,
  columns: () => (process.stdout.isTTY ? process.stdout.columns || 80 : null),
  stderrColumns: () => (process.stderr.isTTY ? process.stderr.columns || 80 : null),
  inputLines: () => (require('node:readline') as typeof import('node:readline')).createInterface({ input: process.stdin }),
  stdinKind,
  stdin,
  daemonScript: beside('ptrackd.cjs'),
  words: process.argv.slice(2),
  runDaemonHere: (home, env, flags) => {
    Object.assign(process.env, env)
    process.argv = [process.execPath, beside('ptrackd.cjs'), '--home', home, '--lift', ...flags]
    require(beside('ptrackd.cjs'))
  },
  onInterrupt: (listener, signals = SIGNALS) => {
    for (const signal of signals) process.on(signal, listener)
    listening = listener
    return () => {
      for (const signal of signals) process.off(signal, listener)
      listening = null
    }
  },
}

// Flushes first: exit does not wait for a slow reader of the pipe.
const leave = (code: number): void => {
  if (readerGone) process.exit(code)
  // A failed write is reported by its own event, a moment later.
  process.stdout.write('', () => process.stderr.write('', () => setImmediate(() => process.exit(code))))
}

void main(process.argv.slice(2), io).then(leave, (error: unknown) => {
  process.stderr.write(`ptrack: internal error: ${error instanceof Error ? error.stack : String(error)}\n`, () => process.exit(1))
})
