/** A definition as facts for `show`. */
import { formatDuration } from '../../../protocol/duration.ts'
import type { Field } from '../../../protocol/field.ts'
import { fields, keyOf } from '../../../protocol/fields.ts'
import { fileOf } from '../../../protocol/file-key.ts'
import * as values from '../../../protocol/values.ts'
import type { ProcessDetail } from '../../../protocol/view.ts'
import { sizeWords, UNKNOWN } from '../../../words/status.ts'
import { clean, quoteCommand } from '../../../words/text.ts'
import { timeWords } from '../../../words/time.ts'

type Definition = ProcessDetail['definition']
type Name = keyof Definition
export type Fact = readonly [string, string]

function retryWords(d: Definition): string {
  const jitter = d.retryJitter ? ', varied by chance' : ''
  const pauses = `first after ${formatDuration(d.retryInitialMs)}, then ${d.retryFactor}x up to ${formatDuration(d.retryMaxMs)}${jitter}`
  return `${d.retries} on ${[...d.retryOn, ...(d.retryInterrupted ? ['interruption'] : [])].join(', ')}; ${pauses}`
}

function restartWords(d: Definition): string {
  const pause = d.restartDelayMs === null ? '' : `, ${formatDuration(d.restartDelayMs)} after each end`
  return `${d.restart}${pause}${d.maxRestarts === null ? '' : `, at most ${d.maxRestarts} in ${formatDuration(d.restartWindowMs)}`}`
}

function healthWords(d: Definition): string | null {
  if (d.health === null) return null
  const then = `${d.healthFailures} failures, restart when unhealthy: ${d.restartUnhealthy ? 'yes' : 'no'}`
  return `${clean(String(values.probe.write(d.health)))}, every ${formatDuration(d.healthPeriodMs)}, ${then}`
}

const stopWords = (d: Definition): string =>
  `${d.stopSend === null ? d.stopSignal : `types ${JSON.stringify(d.stopSend)}`}, SIGKILL after ${formatDuration(d.stopTimeoutMs)}, leftovers: ${d.leftovers ?? (d.kind === 'service' ? 'kill' : 'keep')}${d.stopScope === 'main' ? ', the program first' : ''}`

/** Covers several fields, or words one differently; null = not worth a line. */
interface Sentence {
  of: readonly Name[]
  title: string
  say(definition: Definition): string | null
}
const sentence = (of: string, title: string, say: Sentence['say']): Sentence => ({ of: of.split(' ') as Name[], title, say })

/** How it is run, in this order; every other field follows. */
const RUN: readonly (Name | Sentence)[] = [
  sentence('command', 'command', (d) => quoteCommand(d.command)),
  sentence('cwd', 'cwd', (d) => clean(d.cwd)),
  sentence('metadata', 'file', (d) => clean(fileOf(d.metadata) ?? '') || null),
  sentence('restart restartDelayMs maxRestarts restartWindowMs', 'restart', restartWords),
  sentence('retries retryInitialMs retryMaxMs retryFactor retryJitter retryOn retryInterrupted', 'retries', (d) =>
    d.kind === 'job' && d.retries > 0 ? retryWords(d) : null,
  ),
  'priority',
  sentence('after', 'after', (d) => d.after.map(({ name, condition }) => `${clean(name)} is ${condition}`).join(', ') || null),
  sentence('cron cronOverlap', 'cron', (d) => d.cron && `${clean(d.cron)}, a turn that comes while it runs: ${d.cronOverlap}`),
  sentence('watchFiles', 'watches', (d) => d.watchFiles.map(clean).join(' ') || null),
  sentence('stopSignal stopTimeoutMs leftovers stopScope stopSend', 'stop', stopWords),
  'timeoutMs',
  sentence('health healthPeriodMs healthFailures restartUnhealthy', 'health check', healthWords),
  'maxMemoryBytes',
  'nice',
  sentence('user group', 'user', (d) => (d.user ?? d.group) && `${d.user ?? UNKNOWN}:${d.group ?? UNKNOWN}`),
  'ulimits',
]
const LOGS = sentence('logMaxBytes logKeep', 'logs', (d) => `rotated at ${sizeWords(d.logMaxBytes)}, ${d.logKeep} kept`)
const ABOUT: readonly Name[] = ['title', 'description', 'tags']

const said = new Set<string>(['hooks', ...ABOUT, ...[...RUN, LOGS].flatMap((one) => (typeof one === 'object' ? one.of : [one]))])
const others = (): Name[] =>
  Object.entries(fields()).flatMap(([name, { unshown }]) => (unshown || said.has(name) ? [] : [name as Name]))

/** `readyTimeoutMs` is called `ready timeout`. */
const titleOf = (name: string): string => keyOf(name).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)

function words({ value }: Field, is: unknown): string {
  if (Array.isArray(is)) return is.map((one) => clean(String(typeof one === 'object' ? value.write(one) : one))).join(', ')
  if (typeof is === 'object')
    return Object.entries(is!)
      .map(([key, one]) => `${key}=${one}`)
      .join(' ')
  if (value.kind === 'duration') return formatDuration(is as number)
  if (value.kind === 'size') return sizeWords(is as number)
  if (value.kind === 'switch') return is ? 'yes' : 'no'
  return clean(String(value.write(is)))
}

function factOf(one: Name | Sentence, definition: Definition): Fact[] {
  if (typeof one === 'object') {
    const text = one.say(definition)
    return text === null ? [] : [[one.title, text]]
  }
  const [row, is] = [fields()[one], definition[one]]
  const isUsual = JSON.stringify(is ?? null) === JSON.stringify(row.default ?? null)
  return isUsual ? [] : [[titleOf(one), words(row, is)]]
}

function definedFacts({ definedBy, neededBy }: ProcessDetail, nowMs: number): Fact[] {
  const facts: Fact[] = []
  if (definedBy != null) {
    const how = definedBy.command === null ? `by ${definedBy.client}` : `\`ptrack ${quoteCommand(definedBy.command)}\``
    facts.push(['defined', `${clean(how)}, by ${clean(definedBy.user)}, ${timeWords(definedBy.at, nowMs)}`])
  }
  const waiting = (neededBy ?? []).map(({ name, condition }) => `${clean(name)} (${condition})`)
  if (waiting.length > 0) facts.push(['needed by', waiting.join(', ')])
  return facts
}

/** Everything a person may have set; defaults are omitted. */
export function definitionFacts(view: ProcessDetail, nowMs: number): Fact[] {
  const { definition: d } = view
  // ptrack does not run an external process.
  const run = d.kind === 'external' ? [] : [...RUN, ...others(), LOGS]
  return [
    ['id', view.id],
    ['kind', d.type === d.kind ? d.kind : `${d.kind}, type ${clean(d.type)}`],
    ['owner', view.owner],
    ...(view.session === null ? [] : [['session', clean(`${view.session} (ends with it)`)] satisfies Fact]),
    ...definedFacts(view, nowMs),
    ...ABOUT.flatMap((one) => factOf(one, d)),
    ...d.hooks.map(({ on, run }): Fact => ['hook', clean(`${on.join(',')} ${run}`)]),
    ...run.flatMap((one) => factOf(one, d)),
  ]
}
