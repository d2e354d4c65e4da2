/** show: one process in sections, for a person. */
import Table from 'cli-table3'
import type { ProcessDetail, RunView } from '../../../protocol/view.ts'
import {
  durationWords,
  exitWords,
  healthWords,
  percentWords,
  portWords,
  sizeWords,
  statusWords,
  UNKNOWN,
  uptimeMs,
} from '../../../words/status.ts'
import { clean, cutToWidth } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'
import type { ListOptions } from '../../output/render-list.ts'
import { renderTree } from '../../output/render-process.ts'
import { type Style, statusPaint } from '../../style.ts'
import { definitionFacts, type Fact } from './definition-facts.ts'
import { stepLines, workAndProgress } from './work-facts.ts'

const SHOWN_RUNS = 10

/** No frame, no colours of its own: lines that read well and can be searched. */
const BARE = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '  ',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '  ',
}

function table(rows: readonly (readonly string[])[], head: readonly string[], style: Style): string[] {
  const drawn = new Table({
    // One word each: chalk would print the index and the list that map hands over too.
    head: head.map((word) => style.dim(word)),
    chars: BARE,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
  })
  drawn.push(...rows.map((row) => row.map(clean)))
  return drawn
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
}

const factLines = (facts: readonly Fact[], style: Style, width: number | null): string[] => {
  const wide = Math.max(...facts.map(([key]) => key.length))
  return facts.map(
    ([key, value]) =>
      `  ${style.dim(key.padEnd(wide))}  ${width === null ? value : cutToWidth(value, Math.max(20, width - wide - 4))}`,
  )
}

const resourceFacts = (view: ProcessDetail): Fact[] => [
  ['cpu', percentWords(view.cpuPercent)],
  ['memory', sizeWords(view.memoryBytes)],
  ['disk', `${sizeWords(view.diskReadBytes)} read, ${sizeWords(view.diskWriteBytes)} written`],
]

function stateFacts(view: ProcessDetail, nowMs: number): Fact[] {
  const exit = exitWords(view)
  return [
    ['wanted', view.wanted],
    ['since', `${timeWords(view.since, nowMs)}${view.reason ? ` (${clean(view.reason)})` : ''}`],
    ['health', healthWords(view, nowMs)],
    ['pid', view.pid === null ? UNKNOWN : `${view.pid}${view.adopted ? ' (adopted)' : ''}`],
    ['uptime', durationWords(uptimeMs(view, nowMs))],
    ['run', `${view.run}, ${view.restarts} restarts`],
    ...(exit === null ? [] : [['last exit', exit] as const]),
    ...(view.error === null ? [] : [['error', clean(view.error.message)] as const]),
    ...(view.orphanedPid === null ? [] : [['port taken by', `pid ${view.orphanedPid}`] as const]),
    // Nobody measures what is not ours.
    ...(view.kind === 'external' ? [] : resourceFacts(view)),
  ]
}

const runRow = (run: RunView, nowMs: number): string[] => [
  String(run.run),
  timeWords(run.startedAt, nowMs),
  durationWords((run.endedAt === null ? nowMs : Date.parse(run.endedAt)) - Date.parse(run.startedAt)),
  run.outcome ?? (run.endedAt === null ? 'alive' : 'ended'),
  exitWords(run) ?? UNKNOWN,
  run.reason ?? '',
]

function one(view: ProcessDetail, { style, width, nowMs }: ListOptions): string[] {
  const lines = [
    `${style.bold(clean(view.name))}  ${style.dim(`#${view.number}`)}  ${statusPaint(view, style)(statusWords(view, nowMs, true))}`,
  ]
  lines.push(...factLines(stateFacts(view, nowMs), style, width))
  const work = workAndProgress(view, nowMs)
  if (work.length > 0) lines.push('', style.bold('work'), ...factLines(work, style, width))
  if (view.steps.length > 0) lines.push('', style.bold('steps'), ...stepLines(view.steps, style, width))
  lines.push('', style.bold('definition'), ...factLines(definitionFacts(view), style, width))
  if (view.ports.length > 0) {
    lines.push('', style.bold('ports'))
    const row = (port: ProcessDetail['ports'][number]): string[] => [
      portWords(port, view.pid),
      port.heldBy === null ? UNKNOWN : `pid ${port.heldBy}`,
      port.latencyMs === null ? UNKNOWN : `${port.latencyMs.toFixed(1)}ms`,
      port.checkedAt ? timeWords(port.checkedAt, nowMs) : 'never',
    ]
    lines.push(...table(view.ports.map(row), ['port', 'held by', 'latency', 'checked'], style))
  }
  if (view.runs.length > 0) {
    lines.push('', style.bold(view.runs.length > SHOWN_RUNS ? `runs (the last ${SHOWN_RUNS})` : 'runs'))
    lines.push(
      ...table(
        // The newest first, which is the one that lives if any does.
        view.runs
          .slice(-SHOWN_RUNS)
          .toReversed()
          .map((run) => runRow(run, nowMs)),
        ['run', 'started', 'took', 'outcome', 'exit', 'reason'],
        style,
      ),
    )
  }
  if (view.descendants.length > 0)
    lines.push(
      '',
      style.bold('descendants'),
      ...renderTree(view.name, view.descendants, style, width)
        .slice(1)
        .map((line) => `  ${line}`),
    )
  return lines
}

export const renderShow = (details: readonly ProcessDetail[], options: ListOptions): string =>
  `${details.map((detail) => one(detail, options).join('\n')).join('\n\n')}\n`
