/** show: one process in sections, for a person. */
import Table from 'cli-table3'
import { formatDuration } from '../../protocol/duration.ts'
import type { ProcessDetail, RunView } from '../../protocol/view.ts'
import type { ListOptions } from '../render-list.ts'
import { renderTree, timeWords } from '../render-process.ts'
import {
  durationWords,
  exitWords,
  percentWords,
  portWords,
  sizeWords,
  statusPaint,
  statusWords,
  UNKNOWN,
  uptimeMs,
} from '../status-words.ts'
import type { Style } from '../style.ts'
import { clean, cutToWidth, quoteCommand } from '../text.ts'

type Fact = readonly [string, string]
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

function stateFacts(view: ProcessDetail, nowMs: number): Fact[] {
  const exit = exitWords(view)
  return [
    ['wanted', view.wanted],
    ['since', `${timeWords(view.since, nowMs)}${view.reason ? ` (${clean(view.reason)})` : ''}`],
    ['health', view.health],
    ['pid', view.pid === null ? UNKNOWN : `${view.pid}${view.adopted ? ' (adopted)' : ''}`],
    ['uptime', durationWords(uptimeMs(view, nowMs))],
    ['run', `${view.run}, ${view.restarts} restarts`],
    ...(exit === null ? [] : [['last exit', exit] as const]),
    ...(view.error === null ? [] : [['error', clean(view.error.message)] as const]),
    ...(view.orphanedPid === null ? [] : [['port taken by', `pid ${view.orphanedPid}`] as const]),
    ['cpu', percentWords(view.cpuPercent)],
    ['memory', sizeWords(view.memoryBytes)],
    ['disk', `${sizeWords(view.diskReadBytes)} read, ${sizeWords(view.diskWriteBytes)} written`],
  ]
}

function probeWords(health: ProcessDetail['definition']['health']): string {
  if (health === null) return UNKNOWN
  switch (health.kind) {
    case 'http':
      return health.url
    case 'exec':
      return `exec:${health.command}`
    case 'log':
      return `log:${health.pattern}`
    case 'tcp':
      return `tcp:${health.host}:${health.port}`
    default:
      return health.kind
  }
}

/** Everything a person might have set; what is as it always is stays out. */
function definitionFacts(view: ProcessDetail): Fact[] {
  const { definition: d } = view
  const facts: (Fact | null)[] = [
    ['id', view.id],
    ['kind', d.type === d.kind ? d.kind : `${d.kind}, type ${clean(d.type)}`],
    ['owner', view.owner],
    d.title ? ['title', clean(d.title)] : null,
    d.description ? ['description', clean(d.description)] : null,
    ['command', quoteCommand(d.command)],
    ['cwd', clean(d.cwd)],
    d.tags.length ? ['tags', d.tags.map(clean).join(', ')] : null,
    [
      'restart',
      `${d.restart}${d.maxRestarts === null ? '' : `, at most ${d.maxRestarts} in ${formatDuration(d.restartWindowMs)}`}`,
    ],
    d.retries ? ['retries', `${d.retries} on ${d.retryOn.join(', ')}`] : null,
    ['stop', `${d.stopSignal}, SIGKILL after ${formatDuration(d.stopTimeoutMs)}, leftovers: ${d.leftovers}`],
    d.timeoutMs === null ? null : ['timeout', formatDuration(d.timeoutMs)],
    d.health === null
      ? null
      : [
          'health check',
          `${clean(probeWords(d.health))}, every ${formatDuration(d.healthPeriodMs)}, ${d.healthFailures} failures, restart when unhealthy: ${d.restartUnhealthy ? 'yes' : 'no'}`,
        ],
    d.maxMemoryBytes === null ? null : ['max memory', sizeWords(d.maxMemoryBytes)],
    d.nice === null ? null : ['nice', String(d.nice)],
    d.user === null && d.group === null ? null : ['user', `${d.user ?? UNKNOWN}:${d.group ?? UNKNOWN}`],
    Object.keys(d.ulimits).length
      ? [
          'ulimits',
          Object.entries(d.ulimits)
            .map(([key, value]) => `${key}=${value}`)
            .join(' '),
        ]
      : null,
    ['logs', `rotated at ${sizeWords(d.logMaxBytes)}, ${d.logKeep} kept`],
  ]
  return facts.filter((fact) => fact !== null)
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
  const lines = [`${style.bold(clean(view.name))}  ${statusPaint(view, style)(statusWords(view, nowMs, true))}`]
  lines.push(...factLines(stateFacts(view, nowMs), style, width))
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
        view.runs.slice(-SHOWN_RUNS).map((run) => runRow(run, nowMs)),
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
  if (view.steps.length > 0)
    lines.push(
      '',
      style.bold('steps'),
      ...view.steps.map((step) => `  ${clean(step.name)}: ${step.status}${step.percent === null ? '' : ` ${step.percent}%`}`),
    )
  return lines
}

export const renderShow = (details: readonly ProcessDetail[], options: ListOptions): string =>
  `${details.map((detail) => one(detail, options).join('\n')).join('\n\n')}\n`
