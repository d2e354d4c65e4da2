/** One process as text: its story (`why`) and its tree. */
import type { DescendantView, WhyView } from '../../protocol/view.ts'
import { actionWords } from '../../words/actions.ts'
import { statusWord } from '../../words/states.ts'
import { failureWords, percentWords, sizeWords, statusClause } from '../../words/status.ts'
import { clean, cutToWidth } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import { queueFact, retryFact } from '../../words/work.ts'
import { type Style, statusPaint } from './style.ts'

export function renderWhy(reply: WhyView, style: Style, nowMs: number): string[] {
  const { view } = reply
  const lines = [
    `${style.bold(view.name)} ${statusPaint(view, style)(statusClause({ ...view, reason: null }, nowMs))}; wanted ${view.wanted}; since ${timeWords(view.since, nowMs)}`,
  ]
  if (view.reason) lines.push(`  because: ${clean(view.reason)}`)
  for (const fact of [queueFact(view, nowMs), retryFact(view, nowMs)]) if (fact) lines.push(`  ${fact.join(': ')}`)
  if (view.nextRunAt) lines.push(`  next run by the clock: ${timeWords(view.nextRunAt, nowMs)}`)
  if (view.error && view.error.message !== view.reason) lines.push(`  ${style.red(clean(view.error.message))}`)
  if (reply.timeline.length > 0) {
    lines.push('', style.dim('timeline'))
    const steps = reply.timeline.map(({ at, run, status, reason }) => ({
      at,
      text: `${statusWord(status).padEnd(11)}${run > 0 ? style.dim(` run ${run}`) : ''}${reason ? `  ${clean(reason)}` : ''}`,
    }))
    // Daemons from before these were kept have none.
    const actions = (reply.actions ?? []).map((action) => ({ at: action.at, text: style.dim(actionWords(action)) }))
    // What was asked for comes before what it led to.
    const all = [...actions, ...steps].sort((a, b) => (a.at === b.at ? 0 : a.at < b.at ? -1 : 1))
    const times = all.map(({ at }) => timeWords(at, nowMs))
    const wide = Math.max(...times.map((time) => time.length))
    all.forEach(({ text }, index) => {
      lines.push(`  ${times[index]!.padStart(wide)}  ${text}`)
    })
  }
  for (const failure of reply.failures) {
    lines.push(
      '',
      `${style.dim(`run ${failure.run} ${failureWords(failure)} at ${timeWords(failure.at, nowMs)}:`)} ${clean(failure.reason)}`,
    )
    if (failure.lines.length === 0) lines.push(style.dim('  nothing on stderr'))
    for (const line of failure.lines) lines.push(`  ${style.dim('|')} ${clean(line)}`)
  }
  return lines
}

/** Branches are drawn from depths alone: the list is in depth-first order. */
export function renderTree(name: string, processes: readonly DescendantView[], style: Style, width: number | null): string[] {
  const lines = [style.bold(clean(name))]
  if (processes.length === 0) lines.push(style.dim('  nothing of it is alive'))
  const base = Math.min(...processes.map((one) => one.depth))
  processes.forEach((one, index) => {
    const isLastAt = (depth: number): boolean => {
      for (let next = index + 1; next < processes.length; next++) {
        const other = processes[next]!.depth
        if (other < depth) return true
        if (other === depth) return false
      }
      return true
    }
    let branch = ''
    for (let depth = base; depth < one.depth; depth++) branch += isLastAt(depth) ? '   ' : '|  '
    branch += isLastAt(one.depth) ? '`- ' : '|- '
    const figures = `${percentWords(one.cpuPercent)} ${sizeWords(one.memoryBytes)}`
    const room = width === null ? null : Math.max(10, width - branch.length - String(one.pid).length - figures.length - 4)
    const command = room === null ? clean(one.command) : cutToWidth(clean(one.command), room)
    lines.push(`${style.dim(branch)}${one.pid} ${command}  ${style.dim(figures)}`)
  })
  return lines
}
