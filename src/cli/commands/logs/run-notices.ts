/** What `logs -f` prints between the lines: that a program ended, why, and that it was started again. */
import type { PtrackEvent } from '../../../protocol/events.ts'
import type { EventType } from '../../../protocol/names.ts'
import type { LogLine } from '../../../protocol/view.ts'
import { clean } from '../../../words/text.ts'

export const NOTICE_EVENTS = ['processExit', 'processStarted', 'processError'] satisfies EventType[]

/** The last lines of a run arrive a moment after its end: the daemon gathers output. */
const LAST_LINES_MS = 300

interface Pending {
  process: string
  /** Lines of later runs come after it. */
  run: number
  text: string
}

/** `-- web: exit code 1 (run 2) --`; null for an event of no interest to a reader of logs. */
export function noticeOf(event: PtrackEvent): Pending | null {
  const { process } = event
  if (process === null) return null
  switch (event.type) {
    case 'processExit':
      return { process, run: event.run, text: `-- ${process}: ${clean(event.reason ?? 'ended')} (run ${event.run}) --` }
    case 'processStarted':
      // Not for the first run, nor for one that a new daemon adopted.
      if (event.adopted || event.run < 2) return null
      return { process, run: event.run - 1, text: `-- ${process}: started (run ${event.run}, pid ${event.pid}) --` }
    case 'processError':
      return { process, run: event.run, text: `-- ${clean(event.message)} --` }
    default:
      return null
  }
}

export class RunNotices {
  private readonly print: (text: string) => void
  private pending: Pending[] = []
  private timer: NodeJS.Timeout | null = null

  constructor(print: (text: string) => void) {
    this.print = print
  }

  /** Held until the last lines of that run have arrived, or the first of the next one. */
  noteEvent(event: PtrackEvent): void {
    const notice = noticeOf(event)
    if (notice === null) return
    this.pending.push(notice)
    this.timer ??= setTimeout(() => this.flush(), LAST_LINES_MS)
  }

  /** Passes the lines on in parts, with pending notices in between. */
  async around(lines: readonly LogLine[], hand: (part: readonly LogLine[]) => Promise<void> | null): Promise<void> {
    let from = 0
    for (const [n, line] of lines.entries()) {
      const due = this.pending.filter(({ process, run }) => process === line.process && line.run !== null && run < line.run)
      if (due.length === 0) continue
      await hand(lines.slice(from, n))
      from = n
      for (const notice of due) this.print(notice.text)
      this.pending = this.pending.filter((notice) => !due.includes(notice))
    }
    await hand(lines.slice(from))
  }

  get waiting(): boolean {
    return this.pending.length > 0
  }

  flush(): void {
    if (this.timer !== null) clearTimeout(this.timer)
    this.timer = null
    for (const { text } of this.pending.splice(0)) this.print(text)
  }
}
