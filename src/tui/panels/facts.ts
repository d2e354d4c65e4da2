/** What a process is and has, a line each; what is not known or not so is left out. */
import wrapAnsi from 'wrap-ansi'
import { formatSize } from '../../protocol/duration.ts'
import { isEnded, isLive } from '../../protocol/names.ts'
import type { ProcessDetail, ProcessView } from '../../protocol/view.ts'
import { amountWords, outlookWords, wholePercent } from '../../words/progress.ts'
import { agoWords, counted } from '../../words/short.ts'
import { exitWords, healthWords, hueOf, percentWords, portWords, sizeWords } from '../../words/status.ts'
import { quoteCommand, sentence } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import { workFacts } from '../../words/work.ts'
import type { Model } from '../model.ts'
import { plain, toWidth } from '../text.ts'
import type { Theme } from '../theme.ts'
import { bar, lastedWords } from './cells.ts'

const KEY_WIDTH = 14
const VALUE_LEAST = 16
const BAR = { least: 10, most: 50 }

export type Fact = readonly [key: string, value: string]

function aliveFacts(view: ProcessView, nowMs: number): (Fact | null)[] {
  if (!isLive(view.status) || view.pid === null || view.startedAt === null) return []
  const load = [
    view.cpuPercent === null ? null : `CPU ${percentWords(view.cpuPercent)}`,
    view.memoryBytes === null ? null : `memory ${sizeWords(view.memoryBytes)}`,
  ].filter((part) => part !== null)
  return [
    [
      'Up',
      `${lastedWords(Math.max(0, nowMs - Date.parse(view.startedAt)))}, run ${view.run}, pid ${view.pid}${view.adopted ? ', adopted' : ''}`,
    ],
    load.length === 0 ? null : ['Load', load.join(', ')],
    view.health === 'unknown' ? null : ['Health', plain(healthWords(view, nowMs))],
  ]
}

function definedFacts(detail: ProcessDetail | null, nowMs: number): (Fact | null)[] {
  if (detail === null) return []
  const { definition, neededBy, definedBy } = detail
  const needs = definition.after.map(({ name, condition }) => `${name} ${condition}`)
  const limits = [definition.maxMemoryBytes == null ? null : `memory ${formatSize(definition.maxMemoryBytes)}`].filter(
    (each) => each !== null,
  )
  const by =
    definedBy === null
      ? null
      : (definedBy.file ?? (definedBy.command === null ? definedBy.client : quoteCommand(['ptrack', ...definedBy.command])))
  return [
    needs.length === 0 ? null : ['Needs', plain(needs.join(', '))],
    neededBy.length === 0 ? null : ['Needed by', plain(neededBy.map(({ name }) => name).join(', '))],
    limits.length === 0 ? null : ['Limits', limits.join(', ')],
    definedBy === null ? null : ['Defined', plain(`${agoWords(definedBy.at, nowMs)} by ${definedBy.user}: ${by}`)],
  ]
}

export function facts(model: Model, view: ProcessView, detail: ProcessDetail | null): Fact[] {
  const { nowMs, theme } = model
  const exit = exitWords(view)
  const ports = view.ports.map((port) => portWords(port, view.pid)).join(', ')
  const ended = isEnded(view.status) && view.endedAt !== null
  const all: (Fact | null)[] = [
    ...aliveFacts(view, nowMs),
    ended
      ? [
          'Ended',
          `${timeWords(view.endedAt!, nowMs)}, ${agoWords(view.endedAt!, nowMs)}; run ${view.run}${exit === null ? '' : `, ${exit}`}`,
        ]
      : null,
    view.restarts === 0
      ? null
      : ['Restarts', `${counted(view.restarts, 'restart')}${exit === null || ended ? '' : `, last exit: ${exit}`}`],
    // What the reason says already is not said again.
    view.error === null || view.error.message === (view.reason ?? exit) ? null : ['Error', theme.bad(plain(view.error.message))],
    ports === '' ? null : ['Ports', ports],
    view.title === null ? null : ['Title', plain(view.title)],
    view.tags.length === 0 ? null : ['Tags', plain(view.tags.join(', '))],
    ['Command', plain(quoteCommand(view.command))],
    ['Directory', plain(view.cwd)],
    ...definedFacts(detail, nowMs),
    ...workFacts(view, nowMs).map(([key, value]) => [plain(sentence(key)), plain(value)] as const),
  ]
  return all.filter((fact) => fact !== null)
}

/** A long value wraps: details are for a close look. */
export function factLines([key, value]: Fact, width: number, theme: Theme): string[] {
  const room = Math.max(VALUE_LEAST, width - KEY_WIDTH - 4)
  const lines = wrapAnsi(value, room, { hard: true }).split('\n')
  return lines.map((line, row) => ` ${theme.dim(toWidth(row === 0 ? key : '', KEY_WIDTH, 'left', theme.ellipsis))}  ${line}`)
}

export function progressLines(view: ProcessView, theme: Theme, width: number): string[] {
  const { progress, status } = view
  if (progress === null) return []
  const { percent, message } = progress
  const words = [
    percent === null ? null : wholePercent(percent),
    amountWords(progress),
    isEnded(status) ? null : outlookWords(progress),
  ]
    .filter((part) => part !== null)
    .map(plain)
    .join('  ')
  const room = Math.min(BAR.most, width - 6 - words.length)
  const drawn = percent === null || room < BAR.least ? '' : `${bar(theme, percent, room, theme.hue(hueOf(view)))}  `
  return [...(words === '' ? [] : [`   ${drawn}${words}`]), ...(message === null ? [] : [`   ${theme.dim(plain(message))}`])]
}
