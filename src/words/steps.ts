/** A step of long work in a few words: its mark, progress and message. */
import type { StepView } from '../protocol/view.ts'
import { wholePercent } from './progress.ts'
import { durationWords, type Tone } from './status.ts'

export const STEP_MARKS: Readonly<Record<StepView['status'], string>> = {
  pending: ' ',
  running: '>',
  done: '+',
  failed: 'x',
  skipped: '-',
  cancelled: '-',
}

const TONES: Readonly<Record<StepView['status'], Tone>> = {
  pending: 'quiet',
  running: 'busy',
  done: 'good',
  failed: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
}
export const stepTone = ({ status }: StepView): Tone => TONES[status]

/** `Fetch the data`, `running 40%`, `12s`, `third file`: raw texts of the program, to be cleaned before printing. */
export function stepWords(step: StepView): string[] {
  const percent = step.percent === null || step.status !== 'running' ? '' : ` ${wholePercent(step.percent)}`
  const took = step.elapsedMs === null ? null : durationWords(step.elapsedMs)
  return [step.name, `${step.status}${percent}`, took, step.error ?? step.message].filter((part) => part !== null)
}
