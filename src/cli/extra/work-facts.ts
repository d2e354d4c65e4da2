/** What a process tells of its work, for `show`: progress, steps, results; and when it goes on, where it waits. */
import { isEnded } from '../../protocol/names.ts'
import type { ProcessDetail, StepView } from '../../protocol/view.ts'
import { amountWords, bar, outlookWords, wholePercent } from '../../words/progress.ts'
import { durationWords } from '../../words/status.ts'
import { clean, cutToWidth } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import type { Paint, Style } from '../style.ts'
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

export function workFacts(view: ProcessDetail, nowMs: number): Fact[] {
  const { retry, queuePosition, nextRunAt, results, metadata } = view
  const facts: (Fact | null)[] = [
    ...progressFact(view),
    results === 0 ? null : ['results', `${results} (\`ptrack results ${clean(view.name)}\`)`],
    queuePosition === null ? null : ['queue position', String(queuePosition)],
    retry === null
      ? null
      : ['next attempt', `${retry.attempt}${retry.of === null ? '' : ` of ${retry.of}`}, at ${timeWords(retry.nextAt, nowMs)}`],
    typeof nextRunAt !== 'string' ? null : ['next run', timeWords(nextRunAt, nowMs)],
    ...Object.entries(metadata).map(
      ([key, value]): Fact => [clean(key), clean(typeof value === 'string' ? value : JSON.stringify(value))],
    ),
  ]
  return facts.filter((fact) => fact !== null)
}

const MARKS: Record<StepView['status'], string> = {
  pending: ' ',
  running: '>',
  done: '+',
  failed: 'x',
  skipped: '-',
  cancelled: '-',
}

function paintOf(step: StepView, style: Style): Paint {
  if (step.status === 'done') return style.green
  if (step.status === 'failed') return style.red
  return step.status === 'running' ? style.yellow : style.dim
}

/** A tree by indentation: `> Fetch the data  running 40%  12s  third file`. */
export function stepLines(steps: readonly StepView[], style: Style, width: number | null, depth = 1): string[] {
  return steps.flatMap((step) => {
    const percent = step.percent === null || step.status !== 'running' ? '' : ` ${wholePercent(step.percent)}`
    const took = step.elapsedMs === null ? null : durationWords(step.elapsedMs)
    const words = [clean(step.name), `${step.status}${percent}`, took, step.error ?? step.message]
      .filter((part) => part !== null)
      .map(clean)
    const indent = '  '.repeat(depth)
    const text = words.join('  ')
    const cut = width === null ? text : cutToWidth(text, Math.max(20, width - indent.length - 2))
    return [`${indent}${paintOf(step, style)(MARKS[step.status])} ${cut}`, ...stepLines(step.steps, style, width, depth + 1)]
  })
}
