/** A command of exec, with its streams and its end. */
import { PassThrough, Readable } from 'node:stream'
import { type HandingOn, handOn } from '../client/hand-on.ts'
import { PtrackError } from '../protocol/errors.ts'
import { inputFilesOf, recordFileOf } from '../protocol/input-files.ts'
import type { ProcessView } from '../protocol/view.ts'
import type { CommandExit, ExecOptions, RunningCommand } from './inputs.ts'
import type { Link } from './link.ts'
import { outputOf } from './output.ts'
import { type Ask, TerminalStream } from './terminal.ts'

export async function execute(
  link: Link,
  ask: Ask,
  target: string,
  command: string[],
  { terminal: size, input = false }: ExecOptions,
): Promise<RunningCommand> {
  const tty = size !== undefined
  const view = await ask('exec', { target, command, tty, terminal: size, caller: process.pid, input: input && !tty })
  const { id, name } = view
  const exited = endOf(ask, id)
  // Who awaits it handles the failure; it is no crash where nobody does.
  exited.catch(() => undefined)
  const kill = async (): Promise<void> => {
    await ask('stop', { targets: [id], noWait: true })
  }
  if (tty) {
    const terminal = new TerminalStream(link, ask, { id, name, run: 1, from: null })
    forgetAfter(ask, id, exited, [terminal])
    return { id, name, stdin: terminal, stdout: terminal, stderr: null, terminal, exited, kill }
  }
  const over = new AbortController()
  const streamOf = (stream: 'out' | 'err'): Readable =>
    Readable.from(outputOf(link, { target: id, stream, run: 1, from: null }, over.signal), { objectMode: false })
  const [stdout, stderr] = [streamOf('out'), streamOf('err')]
  const stdin = input ? inputOf(link, view, exited) : null
  forgetAfter(ask, id, exited, [stdout, stderr])
  return { id, name, stdin, stdout, stderr, terminal: null, exited, kill }
}

async function endOf(ask: Ask, id: string): Promise<CommandExit> {
  for (;;) {
    const [waited] = await ask('wait', { targets: [id], for: 'ended' })
    if (waited?.error?.code !== 'TIMED_OUT') break
  }
  const [view] = await ask('list', { targets: [id], all: true })
  if (view === undefined) throw new PtrackError('NOT_FOUND', 'cannot tell how the command ended: it was deleted meanwhile')
  const { exitCode, signal, error } = view
  if (error !== null && exitCode === null && signal === null) throw new PtrackError('SPAWN_FAILED', error.message)
  return { exitCode, signal }
}

function inputOf({ options: { home } }: Link, { id }: ProcessView, exited: Promise<unknown>): PassThrough {
  const stdin = new PassThrough()
  let handing: HandingOn | null = null
  const over = (): void => handing?.stop()
  handing = handOn(
    () => stdin,
    inputFilesOf(recordFileOf(home, id, 1)),
    (error) => stdin.destroy(error),
  )
  exited.then(over, over)
  return stdin
}

/** It would go with this program, which may run for long and execute much. What is unread stays until it is read. */
function forgetAfter(ask: Ask, id: string, exited: Promise<unknown>, streams: Readable[]): void {
  const closed = streams.map((stream) => new Promise((resolve) => stream.once('close', resolve)))
  Promise.allSettled([exited, ...closed])
    .then(() => ask('delete', { targets: [id] }))
    // The daemon deletes it itself when this program has ended.
    .catch(() => undefined)
}
