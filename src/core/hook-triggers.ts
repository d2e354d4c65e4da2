/** When a hook fires: its words, what each means in a step or an observation, and that it fires once a run. */

import { parseSize } from '../protocol/duration.ts'
import { PtrackError } from '../protocol/errors.ts'
import { isEnded, type Status } from '../protocol/names.ts'
import { nearestRank } from './sample.ts'

/** In the order in which they are explained to a person. */
export const TRIGGER_WORDS = [
  'failed',
  'done',
  'cancelled',
  'timeout',
  'interrupted',
  'crash-loop',
  'unhealthy',
  'orphan',
  'stalled',
  'overrun',
  'retrying',
] as const
export type TriggerWord = (typeof TRIGGER_WORDS)[number]

export type Threshold = { over: 'cpu'; percent: number } | { over: 'memory'; bytes: number }
export type Trigger = { text: string } & ({ word: TriggerWord } | Threshold)

const words: ReadonlySet<string> = new Set(TRIGGER_WORDS)

/** `cpu>90%`: percent of one core, the whole tree; `memory>1G`. Throws USAGE and names what is wrong. */
export function parseTrigger(written: string): Trigger {
  const text = written.replaceAll(/\s/g, '')
  if (words.has(text)) return { text, word: text as TriggerWord }
  const cpu = /^cpu>(\d{1,6}(?:\.\d{1,3})?)%?$/.exec(text)
  if (cpu) return { text, over: 'cpu', percent: Number(cpu[1]) }
  const memory = /^memory>(.+)$/.exec(text)
  const bytes = memory ? parseSize(memory[1]!) : null
  if (bytes !== null) return { text, over: 'memory', bytes }
  throw new PtrackError(
    'USAGE',
    `cannot read the trigger '${written}': ${memory ? `'${memory[1]}' is no size` : 'there is none of this name'}`,
    {
      hint: `the triggers are ${TRIGGER_WORDS.join(', ')}, cpu>90% and memory>1G`,
    },
  )
}

/** Each entry may itself be a list with commas. */
export const parseTriggers = (on: readonly string[]): Trigger[] =>
  on.flatMap((entry) => entry.split(',').map((word) => parseTrigger(word)))

export type Action = { kind: 'exec'; command: string } | { kind: 'webhook'; url: string } | { kind: 'mail'; address: string }

/** Throws USAGE and names what is wrong. */
export function parseAction(run: string): Action {
  const at = run.indexOf(':')
  const kind = run.slice(0, Math.max(0, at))
  const rest = run.slice(at + 1).trim()
  if (kind === 'exec' && rest !== '') return { kind, command: rest }
  if (kind === 'webhook' && /^https?:\/\/[^\s/]/.test(rest) && URL.canParse(rest)) return { kind, url: rest }
  // One address and nothing that could become a further header or an option.
  if (kind === 'mail' && /^[^\s@,;:<>()"\\-][^\s@,;:<>()"\\]*@[^\s@,;:<>()"\\]+$/.test(rest)) return { kind, address: rest }
  const known = kind === 'exec' || kind === 'webhook' || kind === 'mail'
  throw new PtrackError(
    'USAGE',
    `cannot read the action '${run}': ${known ? `'${rest}' is no ${{ exec: 'command', webhook: 'http or https URL', mail: 'mail address' }[kind]}` : 'it names no way of telling'}`,
    { hint: 'an action is exec:COMMAND, webhook:URL or mail:ADDRESS' },
  )
}

/** What an end is called; null for a service that was stopped on purpose, which nobody has to be told. */
export function triggerOfEnd(before: Status, after: Status): TriggerWord | null {
  return isEnded(after) && !isEnded(before) && after !== 'stopped' ? after : null
}

/** How many earlier runs it takes to know what is usual. */
const OVERRUN_MIN_RUNS = 5

/** How long a run may take before it overruns, ms: p95 (nearest rank) of the kept runs that ended done; null with fewer than five. */
export function overrunAfterMs(runs: readonly { outcome: string; startedAtMs: number; endedAtMs: number }[]): number | null {
  const tookMs = runs.filter(({ outcome }) => outcome === 'done').map(({ startedAtMs, endedAtMs }) => endedAtMs - startedAtMs)
  return tookMs.length < OVERRUN_MIN_RUNS
    ? null
    : nearestRank(
        tookMs.sort((a, b) => a - b),
        0.95,
      )
}

/** A run failed and is repeated, at once or after a delay. */
export const isRetried = (outcome: string, after: Status): boolean =>
  !isEnded(after) && (outcome === 'failed' || outcome === 'timeout' || outcome === 'interrupted')

/** null: not observed (yet), which says nothing. */
export function isOver(
  threshold: Threshold,
  observed: { cpuPercent: number | null; memoryBytes: number | null },
): boolean | null {
  const [value, bound] =
    threshold.over === 'cpu' ? [observed.cpuPercent, threshold.percent] : [observed.memoryBytes, threshold.bytes]
  return value === null ? null : value > bound
}

/** The same hook tells the same trigger of the same run once; a threshold once each time it is crossed. */
export class OncePerRun {
  private run = -1
  private readonly told = new Set<string>()

  /** True the first time. */
  first(run: number, key: string): boolean {
    // The end of an earlier run, told when it is saved: it comes once by itself.
    if (run < this.run) return true
    if (run > this.run) {
      this.run = run
      this.told.clear()
    }
    if (this.told.has(key)) return false
    this.told.add(key)
    return true
  }

  again(key: string): void {
    this.told.delete(key)
  }
}
