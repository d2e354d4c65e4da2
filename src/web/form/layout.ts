/** Which fields a form has, in which order and under which words: all that the table of fields has. Pure. */

import { fields, keyOf } from '../../protocol/fields.ts'
import type { Kind } from '../../protocol/names.ts'
import { sentence } from '../../words/text.ts'
import { type FieldName, rowOf } from './texts.ts'

export interface Section {
  title: string
  fields: FieldName[]
}

/** The section that is never folded. */
export const COMMON = 'Common'

/** What is changed most, before everything else. */
const FIRST: Readonly<Record<Kind, readonly FieldName[]>> = {
  service: ['command', 'cwd', 'title', 'ports', 'health', 'restart', 'maxMemoryBytes', 'after', 'tags'],
  job: ['command', 'cwd', 'title', 'timeoutMs', 'retries', 'priority', 'maxMemoryBytes', 'after', 'tags'],
  external: ['title', 'description', 'type', 'tags', 'metadata'],
}

/** Their own word would be none. */
const WORDS: Readonly<Partial<Record<FieldName, string>>> = {
  cwd: 'Working directory',
  okExit: 'Exit codes of success',
  noRestartExit: 'Exit codes without a restart',
  tty: 'Terminal of its own',
  stdin: 'Stdin from a file',
  cpus: 'CPUs',
  watchFiles: 'Restart when files change',
  hooks: 'Hooks',
}

/** Each field stands once; what `set` does not accept is left out. */
export function sectionsOf(kind: Kind): Section[] {
  const common = FIRST[kind]
  const rest = new Map<string, FieldName[]>()
  for (const [name, { group }] of Object.entries(fields())) {
    const field = name as FieldName
    if (group === undefined || common.includes(field) || kind === 'external') continue
    const title = group.replace(/:$/, '')
    rest.set(title, [...(rest.get(title) ?? []), field])
  }
  return [{ title: COMMON, fields: [...common] }, ...[...rest].map(([title, list]) => ({ title, fields: list }))]
}

/** `maxMemoryBytes` is called Max memory. */
export const wordOf = (field: FieldName): string =>
  WORDS[field] ?? sentence(keyOf(field).replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`))

/** Where the help of an option speaks of the command line. */
const ABOUT: Readonly<Partial<Record<FieldName, string>>> = {
  command: 'The program and its arguments, quoted as in a shell. With | > $ and the like /bin/sh executes it.',
  title: 'For people',
  description: 'A longer text for people',
  type: 'A label for filters, limits and policies',
  tags: 'Words to find and group it by, one a line',
  metadata: 'KEY=VALUE, one a line; JSON values are kept as JSON',
  cwd: 'The directory in which it runs, from / on',
  ports: 'TCP ports that it must hold, one a line; auto finds a free one. PORT is the first.',
  health: 'http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT or notify; without it its ports decide',
  restart: 'When it is started again after its end',
  after: 'NAME, NAME:started, NAME:healthy, NAME:done or NAME:ended, one a line: it starts then',
  hooks: 'failed,done exec:COMMAND, or webhook:URL or mail:ADDRESS; one a line',
  stdin: 'A file that it reads as stdin, from / on',
  recordExit: 'Record the exit code of a service too, so that it survives the daemon',
}

/** What it is for: the help of its option. */
export function aboutOf(field: FieldName): string {
  const own = ABOUT[field]
  if (own !== undefined) return own
  const { about = '', none, repeat } = rowOf(field)
  const text = about.replace(/ \(repeatable\)|; repeatable(?=\))/, '').replace(/`([^`]+)`/g, '$1')
  const more = [
    repeat === undefined ? '' : 'one a line',
    none && repeat === undefined && !/none/.test(text) ? 'empty = none' : '',
  ]
  return sentence([text, ...more].filter(Boolean).join('; '))
}

/** As wide as the form. */
export const isWide = (field: FieldName): boolean =>
  ['command', 'description', 'hooks', 'metadata', 'preStart', 'postStart', 'preStop', 'postStop'].includes(field)

/** For who looks for a field by its word, its option, its key or what it does. */
export function isFound(field: FieldName, words: string): boolean {
  const all = `${wordOf(field)} ${keyOf(field)} ${rowOf(field).flag ?? ''} ${aboutOf(field)}`.toLowerCase()
  return words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word))
}
