/** The interface of a progress bar to `run`: it gets out of the way of other output. */
import type { Context } from '../../context.ts'

export interface ProgressLine {
  /** The context to write through while the bar is shown. */
  context: Context
  end(): void
}
