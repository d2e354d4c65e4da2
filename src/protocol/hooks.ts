/** The grammar of a hook: its triggers and its action. */
import { parseSize } from './duration.ts'
import { PtrackError } from './errors.ts'

/** In the order of their explanation to a person. */
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
  // One address and nothing that could become another header or an option.
  if (kind === 'mail' && /^[^\s@,;:<>()"\\-][^\s@,;:<>()"\\]*@[^\s@,;:<>()"\\]+$/.test(rest)) return { kind, address: rest }
  const known = kind === 'exec' || kind === 'webhook' || kind === 'mail'
  throw new PtrackError(
    'USAGE',
    `cannot read the action '${run}': ${known ? `'${rest}' is no ${{ exec: 'command', webhook: 'http or https URL', mail: 'mail address' }[kind]}` : 'it names no way of telling'}`,
    { hint: 'an action is exec:COMMAND, webhook:URL or mail:ADDRESS' },
  )
}
