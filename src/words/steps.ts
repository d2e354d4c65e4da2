/** A step of long work in a few words: its mark, progress and message. */
import type { StepView } from '../protocol/view.ts'
import { wholePercent } from './progress.ts'
import type { Hue } from './states.ts'
import { durationWords } from './status.ts'

/** `ascii` in terminals, whose trees are indented by it. */
export const STEP_STATES = {
  pending: { ascii: ' ', mark: '○', hue: 'idle' },
  running: { ascii: '>', mark: '◐', hue: 'move' },
  done: { ascii: '+', mark: '✓', hue: 'done' },
  failed: { ascii: 'x', mark: '✗', hue: 'bad' },
  skipped: { ascii: '-', mark: '–', hue: 'off' },
  cancelled: { ascii: '-', mark: '⊘', hue: 'off' },
} as const satisfies Record<StepView['status'], { ascii: string; mark: string; hue: Hue }>

/** `Fetch the data`, `running 40%`, `12s`, `third file`: raw texts of the program, to be cleaned before printing. */
export function stepWords(step: StepView): string[] {
  const percent = step.percent === null || step.status !== 'running' ? '' : ` ${wholePercent(step.percent)}`
  const took = step.elapsedMs === null ? null : durationWords(step.elapsedMs)
  return [step.name, `${step.status}${percent}`, took, step.error ?? step.message].filter((part) => part !== null)
}
