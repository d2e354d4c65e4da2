/** What a process reports about its work, for `show`: progress, steps, results; and where it waits. */
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessDetail, StepView } from '../../../protocol/view.ts'
import { amountWords, bar, outlookWords, wholePercent } from '../../../words/progress.ts'
import { STEP_STATES, stepWords } from '../../../words/steps.ts'
import { clean, cutToWidth } from '../../../words/text.ts'
import { workFacts } from '../../../words/work.ts'
import { HUES, type Style } from '../../output/style.ts'
import type { Fact } from './definition-facts.ts'

const BAR_WIDTH = 24

function progressFact(view: ProcessDetail): Fact[] {
  const { progress } = view
  if (progress === null) return []
  const outlook = isEnded(view.status) ? null : outlookWords(progress)
  const drawn = progress.percent === null ? null : `${bar(progress.percent, BAR_WIDTH)} ${wholePercent(progress.percent)}`
  const words = [drawn, amountWords(progress), outlook].filter((part) => part !== null && part !== '').join('  ')
  return [
    ...(words === '' ? [] : [['progress', clean(words)] as const]),
    ...(progress.message === null ? [] : [['message', clean(progress.message)] as const]),
  ]
}

export const workAndProgress = (view: ProcessDetail, nowMs: number): Fact[] => [
  ...progressFact(view),
  ...workFacts(view, nowMs).map(([key, value]): Fact => [clean(key), clean(value)]),
]

/** A tree by indentation: `> Fetch the data  running 40%  12s  third file`. */
export function stepLines(steps: readonly StepView[], style: Style, width: number | null, depth = 1): string[] {
  return steps.flatMap((step) => {
    const indent = '  '.repeat(depth)
    const text = stepWords(step).map(clean).join('  ')
    const cut = width === null ? text : cutToWidth(text, Math.max(20, width - indent.length - 2))
    const { hue, ascii } = STEP_STATES[step.status]
    return [`${indent}${style[HUES[hue]](ascii)} ${cut}`, ...stepLines(step.steps, style, width, depth + 1)]
  })
}
