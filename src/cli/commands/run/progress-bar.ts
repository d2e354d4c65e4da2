/** The progress bar of a foreground job: the last line on stderr, redrawn after the program's own output. */
import { subscribeForever } from '../../../client/reconnecting.ts'
import type { PtrackEvent } from '../../../protocol/events.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { isLive } from '../../../protocol/names.ts'
import type { ProcessView, ProgressView } from '../../../protocol/view.ts'
import { amountWords, bar, outlookWords, wholePercent } from '../../../words/progress.ts'
import { clean, cutToWidth } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import type { Io } from '../../io.ts'
import type { ProgressLine } from './progress-line.ts'

/** Ten a second is what an eye takes in. */
const FRAME_MS = 100
/** The remaining time counts down between events. */
const TICK_MS = 1000
const ERASE = '\r\x1b[K'

export interface BarState {
  progress: ProgressView | null
  updatedMs: number
  /** Names of running steps, in the order in which they began. */
  steps: Map<string, string>
}

export const emptyBar = (progress: ProgressView | null, nowMs: number): BarState => ({
  progress,
  updatedMs: nowMs,
  steps: new Map(),
})

export function updateBar(state: BarState, event: PtrackEvent, nowMs: number): boolean {
  if (event.type === 'progress') {
    state.progress = event.progress
    state.updatedMs = nowMs
  } else if (event.type === 'step') {
    state.steps.delete(event.step.id)
    if (event.step.status === 'running') state.steps.set(event.step.id, event.step.name)
  } else if (event.type === 'statusChange' && !isLive(event.to)) {
    // What follows is another attempt.
    state.progress = null
    state.steps.clear()
  } else return false
  return true
}

/** null while there is nothing to show. Fits the width. */
export function barLine(state: BarState, width: number, nowMs: number): string | null {
  const { progress, updatedMs } = state
  const step = [...state.steps.values()].at(-1) ?? null
  if (progress === null && step === null) return null
  const left = progress?.etaMs == null ? null : Math.max(0, progress.etaMs - (nowMs - updatedMs))
  const outlook = progress === null ? null : outlookWords({ ...progress, etaMs: left })
  const percent = progress?.percent ?? null
  const parts = [
    percent === null
      ? null
      : `${bar(percent, Math.max(5, Math.min(30, Math.floor(width / 4))))} ${wholePercent(percent).padStart(4)}`,
    progress === null ? null : amountWords(progress),
    outlook,
    step === null ? null : clean(step),
    progress?.message == null ? null : clean(progress.message),
  ]
  // The last column stays free: some terminals wrap when it is written.
  return cutToWidth(parts.filter((part) => part !== null && part !== '').join('  '), width - 1)
}

/** Keeps writes through it byte for byte, and apart from the bar. */
class BottomLine {
  private readonly io: Io
  private readonly line: () => string | null
  private shown = false
  /** The program's last line is unterminated: no bar in the middle of it. */
  private midLine = false
  private over = false

  constructor(io: Io, line: () => string | null) {
    this.io = io
    this.line = line
  }

  draw(): void {
    if (this.midLine || this.over) return
    const line = this.line()
    if (line === null) this.hide()
    else {
      this.io.err(`${this.shown ? ERASE : ''}${line}`)
      this.shown = true
    }
  }

  aside<T>(onTerminal: boolean, text: string | Uint8Array, write: () => T): T {
    if (!onTerminal || text.length === 0) return write()
    this.hide()
    const written = write()
    const last = text.at(-1)
    this.midLine = last !== '\n' && last !== 10
    this.draw()
    return written
  }

  end(): void {
    this.hide()
    this.over = true
  }

  private hide(): void {
    if (this.shown) this.io.err(ERASE)
    this.shown = false
  }
}

export function progressBar(context: Context, job: ProcessView): ProgressLine {
  const { io } = context
  const state = emptyBar(job.progress, monoMs())
  const bottom = new BottomLine(io, () => barLine(state, io.stderrColumns() ?? 80, monoMs()))
  const stop = new AbortController()
  let frame: NodeJS.Timeout | null = null
  const tick = setInterval(() => bottom.draw(), TICK_MS)
  const end = (): void => {
    stop.abort()
    clearInterval(tick)
    if (frame) clearTimeout(frame)
    bottom.end()
  }
  const follow = async (): Promise<void> => {
    const filter = { targets: [job.id], types: ['progress', 'step', 'statusChange'] as PtrackEvent['type'][] }
    for await (const item of subscribeForever({ connect: context.connectOnly, filter, signal: stop.signal })) {
      if (item.kind === 'snapshot') {
        const view = item.views.find((one) => one.id === job.id)
        if (view) Object.assign(state, { progress: view.progress, updatedMs: monoMs() })
      } else if (item.kind !== 'event' || !updateBar(state, item.event, monoMs())) continue
      frame ??= setTimeout(() => {
        frame = null
        bottom.draw()
      }, FRAME_MS)
    }
  }
  // Without events there is no bar; the job does not depend on it.
  follow().catch(end)

  const through: Io = {
    ...io,
    out: (text) => bottom.aside(io.stdoutIsTty, text, () => io.out(text)),
    err: (text) => bottom.aside(io.stderrIsTty, text, () => io.err(text)),
    pour: (stream, data) => bottom.aside(stream === 'out' ? io.stdoutIsTty : io.stderrIsTty, data, () => io.pour(stream, data)),
  }
  return { context: { ...context, io: through, note: (line) => through.err(`ptrack: ${line}\n`) }, end }
}
