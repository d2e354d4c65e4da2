/** show: one process in sections, for a person. */
import type { ProcessDetail, RunView } from '../../../protocol/view.ts'
import { refusedWords, servingNote, servingOf } from '../../../words/reload.ts'
import { statusWord } from '../../../words/states.ts'
import {
  durationWords,
  exitFigure,
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
import { type Style, statusPaint } from '../../output/style.ts'
import { table } from '../../output/table.ts'
import { definitionFacts, type Fact } from './definition-facts.ts'
import { stepLines, workAndProgress } from './work-facts.ts'

const SHOWN_RUNS = 10

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
    [view.kind !== 'service' && view.endedAt !== null ? 'took' : 'uptime', durationWords(uptimeMs(view, nowMs))],
    ['run', `${view.run}, ${view.restarts} restarts`],
    ...(exit === null ? [] : [['last exit', exit] as const]),
    ...(view.error === null ? [] : [['error', clean(view.error.message)] as const]),
    ...(view.refused == null
      ? []
      : [['rolled back', `${timeWords(view.refused.at, nowMs)}: ${refusedWords(view.refused)}`] as const]),
    ...(view.orphanedPid === null ? [] : [['port taken by', `pid ${view.orphanedPid}`] as const]),
    // External processes are not measured.
    ...(view.kind === 'external' ? [] : resourceFacts(view)),
  ]
}

type Port = ProcessDetail['ports'][number]

const portTable = (view: ProcessDetail, options: ListOptions): string[] =>
  table<Port>(
    options,
    view.ports,
    [
      { title: 'port', of: (port) => portWords(port, view.pid) },
      { title: 'held by', of: ({ heldBy }) => (heldBy === null ? UNKNOWN : `pid ${heldBy}`) },
      { title: 'latency', of: ({ latencyMs }) => (latencyMs === null ? UNKNOWN : `${latencyMs.toFixed(1)}ms`) },
      { title: 'checked', of: ({ checkedAt }) => (checkedAt ? timeWords(checkedAt, options.nowMs) : 'never') },
    ],
    '  ',
  )

type Check = ProcessDetail['checks'][number]

const lastMs = ({ results }: Check): string => {
  const ms = results.at(-1)?.latencyMs ?? null
  return ms === null ? UNKNOWN : `${ms.toFixed(1)}ms`
}

const checkTable = ({ checks }: ProcessDetail, options: ListOptions): string[] =>
  table<Check>(
    options,
    checks,
    [
      { title: 'check', of: ({ check }) => clean(check) },
      { title: 'state', of: ({ failures }) => (failures === 0 ? 'passes' : `fails, ${failures} in a row`) },
      { title: 'since', of: ({ since }) => timeWords(since, options.nowMs) },
      { title: 'took', of: lastMs },
      { title: 'answer', of: ({ answer }) => clean(answer), wrap: true },
    ],
    '  ',
  )

type Socket = ProcessDetail['sockets'][number]

const socketTable = ({ sockets }: ProcessDetail, options: ListOptions): string[] =>
  table<Socket>(
    options,
    sockets,
    [
      { title: 'name', of: ({ name }) => clean(name) },
      { title: 'address', of: ({ address }) => clean(address) },
      { title: 'waiting', of: ({ queued }) => (queued === null ? UNKNOWN : String(queued)) },
      { title: 'holders', of: ({ holders }) => (holders === 0 ? 'none: stop and start it' : String(holders)) },
    ],
    '  ',
  )

const tookMs = ({ startedAt, endedAt }: RunView, nowMs: number): number =>
  (endedAt === null ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt)

/** Newest first: the live one, if any. */
const runTable = (runs: readonly RunView[], options: ListOptions): string[] =>
  table<RunView>(
    options,
    runs.slice(-SHOWN_RUNS).toReversed(),
    [
      { title: 'run', of: ({ run }) => String(run) },
      { title: 'started', of: ({ startedAt }) => timeWords(startedAt, options.nowMs) },
      { title: 'took', of: (run) => durationWords(tookMs(run, options.nowMs)) },
      {
        title: 'outcome',
        of: (run) =>
          run.outcome !== null
            ? statusWord(run.outcome)
            : run.endedAt === null
              ? [servingOf(run), servingNote(run)].filter(Boolean).join(', ')
              : 'ended',
      },
      { title: 'exit', of: (run) => exitFigure(run) },
      { title: 'reason', of: ({ reason }) => reason ?? '', wrap: true },
    ],
    '  ',
  )

function one(view: ProcessDetail, options: ListOptions): string[] {
  const { style, width, nowMs } = options
  const lines = [
    `${style.bold(clean(view.name))}  ${style.dim(`#${view.number}`)}  ${statusPaint(view, style)(statusWords(view, nowMs, true))}`,
  ]
  lines.push(...factLines(stateFacts(view, nowMs), style, width))
  const work = workAndProgress(view, nowMs)
  if (work.length > 0) lines.push('', style.bold('work'), ...factLines(work, style, width))
  if (view.steps.length > 0) lines.push('', style.bold('steps'), ...stepLines(view.steps, style, width))
  lines.push('', style.bold('definition'), ...factLines(definitionFacts(view, nowMs), style, width))
  if (view.checks?.length > 0) lines.push('', style.bold('health checks'), ...checkTable(view, options))
  if (view.ports.length > 0) lines.push('', style.bold('ports'), ...portTable(view, options))
  if (view.sockets.length > 0) lines.push('', style.bold('sockets'), ...socketTable(view, options))
  if (view.runs.length > 0)
    lines.push(
      '',
      style.bold(view.runs.length > SHOWN_RUNS ? `runs (the last ${SHOWN_RUNS})` : 'runs'),
      ...runTable(view.runs, options),
    )
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
