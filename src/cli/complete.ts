/** Completion for the scripts of `ptrack completion`: candidate, tab, description; `:files` and the like are the shell's. */
import type { Argument, Option } from 'commander'
import type { Client } from '../client/client.ts'
import type { ProcessView } from '../protocol/view.ts'
import { clean } from '../words/text.ts'
import { type AnyCommand, groupsOf, type Kind, namesOf } from './command.ts'
import { createContext, LOCAL } from './context.ts'
import type { Io } from './io.ts'
import { buildParser } from './parse-command.ts'
import { readPreferences } from './preferences.ts'

/** A key press waits no longer than this for names. */
const NAMES_TIMEOUT_MS = 2000

export interface Candidate {
  text: string
  about: string
}
type Offer = Candidate[] | Kind

const plain = (texts: Iterable<string>, about = ''): Candidate[] => [...texts].map((text) => ({ text, about }))

/** What the value of an option or an operand may be. `several`: with commas. */
interface Value {
  offer: Offer
  several: boolean
}

const PLACEHOLDERS: Readonly<Record<string, Offer>> = {
  dir: ':directories',
  file: ':files',
  glob: ':files',
  tag: 'tags',
  session: 'sessions',
  type: 'types',
  owner: 'owners',
  user: 'owners',
  context: 'contexts',
  node: 'nodes',
  'process:condition': 'names',
  process: 'names',
}

const GLOBAL_VALUES = { '--home': ':directories', '--context': 'contexts', '--node': 'nodes' } as const

const placeholderOf = (flags: string): string => /<([^>]+?)(?:\.\.\.)?>/.exec(flags)?.[1] ?? ''

function choicesOf(parse: unknown): Value {
  const { choices = [], several = false } = (parse ?? {}) as { choices?: readonly string[]; several?: boolean }
  return { offer: plain(choices), several }
}

function optionValue(option: Option): Value {
  if (option.long === '--context') return { offer: 'contexts', several: false }
  if (option.long === '--after') return { offer: 'names', several: false }
  const choices = choicesOf(option.parseArg)
  if (choices.offer.length > 0) return choices
  return { offer: PLACEHOLDERS[placeholderOf(option.flags)] ?? [], several: false }
}

/** Only the name of a program is a command. */
function operandValue(spec: AnyCommand, argument: Argument | undefined, isFirst: boolean): Value {
  if (argument?.parseArg) return choicesOf(argument.parseArg)
  const offer = spec.operands === ':command' && !isFirst ? ':files' : spec.operands
  return { offer: argument === undefined ? [] : (offer ?? []), several: false }
}

const withPrefix = (offer: Offer, prefix: string): Offer =>
  typeof offer === 'string' ? offer : offer.map((one) => ({ ...one, text: prefix + one.text }))

/** `current` is the word under the cursor; of a value with commas only the last part is new. */
const offered = ({ offer, several }: Value, current: string): Offer =>
  several ? withPrefix(offer, current.slice(0, current.lastIndexOf(',') + 1)) : offer

function commandWords(commands: readonly AnyCommand[]): Candidate[] {
  const words = new Map<string, string>()
  for (const spec of commands) {
    if (spec.hidden) continue
    for (const name of namesOf(spec)) {
      const [first, second] = name.split(' ') as [string, string?]
      if (second === undefined) words.set(first, spec.summary)
    }
  }
  for (const group of groupsOf(commands))
    if (!words.has(group))
      words.set(
        group,
        secondWords(commands, group)
          .map(({ text }) => text)
          .join(', '),
      )
  words.set('help', 'help of a command')
  return [...words].map(([text, about]) => ({ text, about }))
}

const secondWords = (commands: readonly AnyCommand[], group: string): Candidate[] =>
  commands
    .filter((spec) => !spec.hidden)
    .flatMap((spec) =>
      namesOf(spec)
        .filter((name) => name.startsWith(`${group} `))
        .map((name) => ({ text: name.slice(group.length + 1), about: spec.summary })),
    )

interface Named {
  home?: string | undefined
  context?: string | undefined
}

/** Pure: what to offer after the words before the last one, and which daemon they name. */
function offerFor(commands: readonly AnyCommand[], words: readonly string[]): { offer: Offer; named: Named } {
  const named: Named = {}
  const offer = offerIn(commands, words, named)
  return { offer, named }
}

/** Notes in `named` which daemon the line names. */
function offerIn(commands: readonly AnyCommand[], words: readonly string[], named: Named): Offer {
  const groups = groupsOf(commands)
  const before = words.slice(0, -1)
  const current = words.at(-1) ?? ''
  let at = 0
  for (; at < before.length && before[at]!.startsWith('-'); at++) {
    const [flag, value] = before[at]!.split('=', 2) as [string, string?]
    if (flag !== '--home' && flag !== '--context' && flag !== '--node') continue
    if (value === undefined && at + 1 === before.length) return GLOBAL_VALUES[flag]
    if (flag === '--node' && value === undefined) at++
    if (flag === '--node') continue
    named[flag === '--home' ? 'home' : 'context'] = value ?? before[++at]
  }
  if (before[at] === 'help') at++
  const word = before[at]
  if (word === undefined) return current.startsWith('-') ? globalOptions(commands) : commandWords(commands)
  if (groups.has(word) && at + 1 === before.length && !current.startsWith('-')) return secondWords(commands, word)
  const two = groups.has(word) && before[at + 1] !== undefined && !before[at + 1]!.startsWith('-')
  const name = two ? `${word} ${before[at + 1]}` : word
  const spec = commands.find((one) => namesOf(one).includes(name))
  if (spec === undefined || before[at - 1] === 'help') return []
  return behindCommand(spec, before.slice(at + (two ? 2 : 1)), current, named)
}

const globalOptions = (commands: readonly AnyCommand[]): Candidate[] => [
  { text: '--help', about: 'all commands' },
  { text: '--version', about: 'the version' },
  ...optionsOf(commands.find(({ name }) => name === 'ls')!).filter(({ text }) => text !== '--help'),
]

const optionsOf = (spec: AnyCommand): Candidate[] => [
  ...buildParser(spec)
    .command.options.filter((option) => !option.hidden && option.long)
    .map((option) => ({ text: option.long!, about: option.description })),
  { text: '--help', about: 'show this help' },
]

function behindCommand(spec: AnyCommand, words: readonly string[], current: string, named: Named): Offer {
  const { command } = buildParser(spec)
  const find = (flag: string): Option | undefined => command.options.find((one) => one.long === flag || one.short === flag)
  const operands = command.registeredArguments
  const operand = (): Offer => {
    const last = operands.at(-1)
    const value = operandValue(spec, operands[count] ?? (last?.variadic ? last : undefined), count === 0)
    return offered(value, current)
  }
  let count = 0
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!
    if (word === '--') return spec.takesCommand && at + 1 === words.length ? ':command' : ':files'
    if (!word.startsWith('-') || word === '-') {
      count++
      continue
    }
    const option = find(word.split('=', 1)[0]!)
    if (!option?.required) continue
    if (word.includes('=')) {
      if (option.long === '--home') named.home = word.slice('--home='.length)
      continue
    }
    if (at + 1 === words.length) return offered(optionValue(option), current)
    if (option.long === '--home' || option.long === '--context')
      named[option.long === '--home' ? 'home' : 'context'] = words[at + 1]
    at++
  }
  if (spec.programFollows !== undefined && count > 0) return operand()
  const equals = current.indexOf('=')
  if (current.startsWith('--') && equals > 0) {
    const option = find(current.slice(0, equals))
    if (!option?.required) return []
    const value = optionValue(option)
    return withPrefix(offered(value, current.slice(equals + 1)), current.slice(0, equals + 1))
  }
  if (current.startsWith('-')) return optionsOf(spec)
  return operand()
}

const isAbout = (view: ProcessView): string => `#${view.number} ${view.status} ${view.kind}${view.title ? `: ${view.title}` : ''}`

/** Prints the candidates; nothing on an error, which would end up in the command line. */
export async function complete(commands: readonly AnyCommand[], words: readonly string[], io: Io): Promise<string[]> {
  const current = words.at(-1) ?? ''
  const { offer, named } = offerFor(commands, words)
  const candidates = typeof offer === 'string' ? await asked(offer, io, named) : offer
  const left = offer === 'names and files' ? [':files'] : typeof offer === 'string' && offer.startsWith(':') ? [offer] : []
  return [
    ...candidates
      .filter(({ text }) => text.startsWith(current))
      .map(({ text, about }) => (about === '' ? text : `${text}\t${clean(about)}`)),
    ...left,
  ]
}

async function asked(offer: Kind, io: Io, named: Named): Promise<Candidate[]> {
  if (offer.startsWith(':')) return []
  if (offer === 'contexts') return plain([LOCAL, ...Object.keys(readPreferences(io.env).contexts)])
  if (offer === 'nodes')
    return plain((await daemonSays(io, named, (client) => client.request('fleet.ls', {}), [])).map(({ name }) => name))
  const { views, here } = await viewsOf(io, named)
  if (offer === 'tags') return plain(new Set(views.flatMap(({ tags }) => tags)))
  if (offer === 'sessions') return plain(new Set(views.flatMap(({ session }) => session ?? [])))
  if (offer === 'types') return plain(new Set(views.map(({ type }) => type)))
  if (offer === 'owners') return plain(new Set(views.map(({ owner }) => owner)))
  const projects = [...new Set(views.map(({ project }) => project))].filter((project) => project !== null)
  const sessions = [...new Set(views.map(({ session }) => session))].filter((session) => session !== null)
  const tags = [...new Set(views.flatMap((view) => view.tags))].map((tag) => ({ text: `tag:${tag}`, about: 'all with this tag' }))
  return [
    ...views.flatMap((view) => [
      ...(view.project === null || view.project === here ? [{ text: view.name, about: isAbout(view) }] : []),
      ...(view.project === null ? [] : [{ text: view.fullName, about: isAbout(view) }]),
    ]),
    ...projects.map((project) => ({ text: `${project}/`, about: 'the whole project' })),
    ...tags,
    ...sessions.map((session) => ({ text: `session:${session}`, about: 'all that this session started' })),
    ...(views.length > 0 ? [{ text: 'all', about: 'every process' }] : []),
  ]
}

/** `here`: the project of this directory. */
const viewsOf = (io: Io, named: Named): Promise<{ views: ProcessView[]; here: string | null }> =>
  daemonSays(
    io,
    named,
    async (client) => ({ views: await client.request('list', { all: true }), here: client.hello.project ?? null }),
    { views: [], here: null },
  )

/** `nothing` where it says nothing in time. */
async function daemonSays<T>(io: Io, named: Named, ask: (client: Client) => Promise<T>, nothing: T): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  let close = (): void => undefined
  const tooLate = new Promise<T>((resolve) => {
    timer = setTimeout(resolve, NAMES_TIMEOUT_MS, nothing)
  })
  try {
    const context = createContext({ ...io, err: () => undefined }, { json: false, home: named.home, context: named.context })
    close = context.close
    return await Promise.race([context.connectOnly({ acceptSkew: true }).then(ask), tooLate])
  } catch {
    // Whatever it is (no daemon, no rights, a context that is gone), the command itself will report it.
    return nothing
  } finally {
    clearTimeout(timer)
    close()
  }
}
