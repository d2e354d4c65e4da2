/** From argv to an exit code: finds the command, parses, runs, and reports errors. */
import { PtrackError } from '../protocol/errors.ts'
import { VERSION } from '../protocol/version.ts'
import { type AnyCommand, namesOf } from './command.ts'
import { COMMANDS, GROUPS, groupOf } from './command-table.ts'
import { createContext, LOCAL } from './context.ts'
import type { Io } from './io.ts'
import { reportError } from './output/error-output.ts'
import { colorWanted, createStyle } from './output/style.ts'
import { parseCommand } from './parse-command.ts'

export type Found =
  | { kind: 'command'; spec: AnyCommand; argv: string[] }
  | { kind: 'unknown'; name: string }
  | { kind: 'version' }
  | { kind: 'complete'; words: string[] }
  /** `about`: one command, the commands of a group, the most used ones, or all. */
  | { kind: 'help'; about: AnyCommand | { group: string } | 'usual' | 'all' }

const byName = (name: string): AnyCommand | undefined => COMMANDS.find((spec) => namesOf(spec).includes(name))

/** Global options may precede the command; they are moved after it. */
export function findCommand(argv: readonly string[]): Found {
  const global: string[] = []
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--json' || /^--(?:home|context|node)=/.test(word)) global.push(word)
    else if (/^--(?:home|context|node)$/.test(word)) global.push(word, argv[++at] ?? '')
    else break
  }
  const word = argv[at]
  const rest = argv.slice(at + 1)
  if (word === '-V' || word === '-v' || word === '--version' || word === 'version') return { kind: 'version' }
  if (word === 'complete' && rest[0] === '--') return { kind: 'complete', words: rest.slice(1) }
  if (word === '-h' || word === '--help') return { kind: 'help', about: 'usual' }
  if (word === undefined || word.startsWith('-'))
    return { kind: 'command', spec: byName('ls')!, argv: [...global, ...argv.slice(at)] }
  if (word === 'help') {
    const [first, second] = rest
    if (first === undefined || first.startsWith('-')) return { kind: 'help', about: 'usual' }
    if (first === 'all') return { kind: 'help', about: 'all' }
    if (GROUPS.has(first) && second === undefined) return { kind: 'help', about: { group: first } }
    const name = GROUPS.has(first) ? `${first} ${second}` : first
    const spec = byName(name)
    if (!spec) return { kind: 'unknown', name }
    return { kind: 'help', about: spec }
  }
  const second = rest[0]
  if (GROUPS.has(word) && (second === '--help' || second === '-h')) return { kind: 'help', about: { group: word } }
  const two = GROUPS.has(word) && second !== undefined && !second.startsWith('-')
  const name = two ? `${word} ${second}` : word
  const spec = byName(name)
  if (!spec) return { kind: 'unknown', name }
  return { kind: 'command', spec, argv: [...global, ...(two ? rest.slice(1) : rest)] }
}

/** For errors before the options are read, and those of `start NAME --json`. */
const looksJson = (argv: readonly string[]): boolean =>
  argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json')

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const json = looksJson(argv)
  let close = (): void => undefined
  let shown = (error: unknown): unknown => error
  try {
    const found = findCommand(argv)
    if (found.kind === 'unknown') throw (await import('./unknown-command.ts')).unknownCommand(COMMANDS, found.name)
    if (found.kind === 'version') {
      io.out(json ? `${JSON.stringify({ version: VERSION })}\n` : `${VERSION}\n`)
      return 0
    }
    if (found.kind === 'complete') {
      const { complete } = await import('./complete.ts')
      for (const line of await complete(COMMANDS, found.words, io)) io.out(`${line}\n`)
      return 0
    }
    if (found.kind === 'help') {
      const { about } = found
      const help = await import('./help.ts')
      if (about === 'usual' || about === 'all') io.out(about === 'all' ? help.wholeHelp(COMMANDS) : help.usualHelp(COMMANDS))
      else
        io.out('group' in about && !('name' in about) ? help.groupHelp(about.group, groupOf(about.group)) : help.helpFor(about))
      return 0
    }
    const parsed = await parseCommand(found.spec, found.argv, io)
    if (parsed.help !== null) {
      io.out(parsed.help)
      return 0
    }
    const context = createContext(io, {
      json: parsed.options.json === true,
      home: parsed.options.home as string | undefined,
      context: found.spec.ignoresContext ? LOCAL : (parsed.options.context as string | undefined),
    })
    close = context.close
    shown = (error) => context.names.error(error)
    if (context.remote !== null && found.spec.local)
      throw new PtrackError(
        'USAGE',
        `cannot run \`ptrack ${found.spec.name}\` through the context ${context.remote.name}: it is about this machine`,
        {
          hint: 'add --context local, or do it there',
        },
      )
    if (parsed.options.node !== undefined || parsed.operands.some((word) => typeof word === 'string' && word.includes('@'))) {
      const code = await (await import('./commands/fleet/at-nodes.ts')).atNodes(found.spec, parsed, context)
      if (code !== null) return code
    }
    for (const note of parsed.notes) context.note(note)
    if (parsed.hint !== null && io.stderrIsTty) context.note(parsed.hint)
    return await parsed.action(context, parsed.operands as never, parsed.options, parsed.line)
  } catch (error) {
    return reportError(shown(error), {
      json,
      style: createStyle(colorWanted(io.env, io.stderrIsTty)),
      debug: Boolean(io.env.PTRACK_DEBUG),
      out: io.out,
      err: io.err,
    })
  } finally {
    close()
  }
}
