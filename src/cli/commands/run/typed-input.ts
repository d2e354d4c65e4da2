/** What is typed at the terminal of this command, as the input of a job. */
import { PassThrough, type Readable } from 'node:stream'
import { handOn } from '../../../client/hand-on.ts'
import { foregroundHere } from '../../../client/proc-stat.ts'
import { inputFilesOf, recordFileOf } from '../../../protocol/input-files.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'

/** A shell brings a running command to the foreground without a signal. */
const LOOK_MS = 300

interface TypedInput {
  /** Pid of who passes it on. */
  from: number
  handOnTo(view: ProcessView): ReturnType<typeof handOnTyped>
}

/** null where it cannot be passed on: to another machine, or by a daemon of before. */
export async function typedInput(context: Context): Promise<TypedInput | null> {
  if (context.remote !== null) return null
  const { hello } = await context.client()
  if (!hello.capabilities.includes('terminal-input')) return null
  return { from: process.pid, handOnTo: (view) => handOnTyped(context, view) }
}

/** Its end (Ctrl-D, or a terminal that has gone) is the end of the input. */
function handOnTyped(context: Context, { id }: ProcessView) {
  let typed: PassThrough | null = null
  const open = (): Readable => {
    typed = whileInForeground(context.io.stdin())
    return typed
  }
  // The job continues without it.
  const handing = handOn(open, inputFilesOf(recordFileOf(context.home, id, 1)), (error) =>
    context.note(`what you type does not reach it any more: ${error.message}`),
  )
  return {
    stop() {
      handing.stop()
      typed?.destroy()
    },
    /** The job need not be typed to. */
    failed: () => false,
  }
}

/** Reading in the background would stop this command (SIGTTIN). */
function whileInForeground(terminal: Readable): PassThrough {
  const typed = new PassThrough()
  let timer: NodeJS.Timeout | null = null
  const look = (): void => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    if (typed.destroyed || typed.writableEnded) return
    if (foregroundHere()) {
      terminal.pipe(typed)
      return
    }
    terminal.unpipe(typed)
    terminal.pause()
    timer = setTimeout(look, LOOK_MS)
    timer.unref()
  }
  // After Ctrl-Z: `bg` continues it in the background, and `fg` in the foreground.
  process.on('SIGCONT', look)
  terminal.on('error', () => typed.end())
  typed.on('close', () => {
    if (timer !== null) clearTimeout(timer)
    process.off('SIGCONT', look)
    terminal.unpipe(typed)
    terminal.destroy()
  })
  look()
  return typed
}
