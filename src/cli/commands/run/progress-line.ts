/** What `run` needs to know of a progress bar: it gets out of the way of everything else that is written. */
import type { Context } from '../../context.ts'

export interface ProgressLine {
  /** The context to write through while the bar is there. */
  context: Context
  /** Takes the bar away for good. */
  end(): void
}
