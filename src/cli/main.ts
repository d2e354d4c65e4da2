/** From argv to an exit code: which command, its parser, its action, and what is said when it fails. */
import { PtrackError } from '../protocol/errors.ts'
import { nearest } from '../protocol/suggest.ts'
import { VERSION } from '../protocol/version.ts'
import type { CommandSpec } from './command.ts'
import { COMMANDS, GROUPS, namesOf } from './command-table.ts'
import { complete } from './complete.ts'
import { createContext, LOCAL } from './context.ts'
import { reportError } from './error-output.ts'
import type { Io } from './io.ts'
import { parseCommand } from './parse-command.ts'
import { colorWanted, createStyle } from './style.ts'

/** What has to do with the daemon as a program of this machine, or with files of it. */
const ofThisMachine = (name: string): boolean =>
  /^(daemon (start|stop|restart|run|logs)|systemd|doctor|systemd .*|notify)$/.test(name)

export type Found =
  | { kind: 'command'; spec: CommandSpec; argv: string[] }
  | { kind: 'version' }
  /** Of the completion scripts: what could stand next on this line. */
  | { kind: 'complete'; words: string[] }
  | { kind: 'help'; spec: CommandSpec | null }

const byName = (name: string): CommandSpec | undefined => COMMANDS.find((spec) => namesOf(spec).includes(name))

/** What the fingers of users of pm2, supervisorctl and foreman type, where a name that looks like it would mean something else. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  kill: 'daemon stop --kill-children',
  shutdown: 'daemon stop --kill-children',
  unstartup: 'systemd uninstall',
  prettylist: 'ls --json',
  sendSignal: 'signal',
  startOrRestart: 'import FILE',
  startOrReload: 'import FILE',
  reread: 'import FILE --dry-run',
  update: 'daemon restart',
  ping: 'daemon status',
  tail: 'logs -f',
  check: 'validate',
}

function unknown(name: string): PtrackError {
  const visible = COMMANDS.filter((spec) => !spec.hidden).flatMap(namesOf)
  const group = name.split(' ')[0]!
  // The name of a group alone is no mistake in writing.
  const near = GROUPS.has(name) ? null : nearest(name, [...visible, ...GROUPS])
  const here = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined
  const hint = here
    ? `here it is \`ptrack ${here}\``
    : near
      ? `did you mean \`ptrack ${near}\`?`
      : GROUPS.has(group)
        ? `one of ${visible.filter((one) => one.startsWith(`${group} `)).join(', ')}`
        : 'see `ptrack --help`'
  return new PtrackError('USAGE', `cannot run \`ptrack ${name}\`: there is no such command`, { hint })
}

/** Global options may stand before the command too; they are moved behind it. */
export function findCommand(argv: readonly string[]): Found {
  const global: string[] = []
  let at = 0
  for (; at < argv.length; at++) {
    const word = argv[at]!
    if (word === '--json' || word.startsWith('--home=') || word.startsWith('--context=')) global.push(word)
    else if (word === '--home' || word === '--context') global.push(word, argv[++at] ?? '')
    else break
  }
  const word = argv[at]
  const rest = argv.slice(at + 1)
  if (word === '-V' || word === '--version' || word === 'version') return { kind: 'version' }
  if (word === 'complete' && rest[0] === '--') return { kind: 'complete', words: rest.slice(1) }
  if (word === '-h' || word === '--help') return { kind: 'help', spec: null }
  if (word === undefined || word.startsWith('-'))
    return { kind: 'command', spec: byName('ls')!, argv: [...global, ...argv.slice(at)] }
  if (word === 'help') {
    const name = rest.slice(0, GROUPS.has(rest[0] ?? '') ? 2 : 1).join(' ')
    if (name === '') return { kind: 'help', spec: null }
    const spec = byName(name)
    if (!spec) throw unknown(name)
    return { kind: 'help', spec }
  }
  const second = rest[0]
  const two = GROUPS.has(word) && second !== undefined && !second.startsWith('-')
  const name = two ? `${word} ${second}` : word
  const spec = byName(name)
  if (!spec) throw unknown(name)
  return { kind: 'command', spec, argv: [...global, ...(two ? rest.slice(1) : rest)] }
}

/** Errors before the options are read must take the form asked for too, and so must those of `start NAME --json`. */
const looksJson = (argv: readonly string[]): boolean =>
  argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length).includes('--json')

export async function main(argv: readonly string[], io: Io): Promise<number> {
  const json = looksJson(argv)
  let close = (): void => undefined
  try {
    const found = findCommand(argv)
    if (found.kind === 'version') {
      io.out(json ? `${JSON.stringify({ version: VERSION })}\n` : `${VERSION}\n`)
      return 0
    }
    if (found.kind === 'complete') {
      for (const line of await complete(found.words, io)) io.out(`${line}\n`)
      return 0
    }
    if (found.kind === 'help') {
      const { helpFor, wholeHelp } = await io.loadExtra()
      io.out(found.spec ? helpFor(found.spec) : wholeHelp(COMMANDS))
      return 0
    }
    const parsed = parseCommand(found.spec, found.argv)
    if (parsed.help !== null) {
      io.out(parsed.help)
      return 0
    }
    const context = createContext(io, {
      json: parsed.options.json === true,
      home: parsed.options.home as string | undefined,
      // These must work with a preference that names nothing any more.
      context: /^con(text|fig)\b/.test(found.spec.name) ? LOCAL : (parsed.options.context as string | undefined),
    })
    close = context.close
    if (context.remote !== null && ofThisMachine(found.spec.name))
      throw new PtrackError(
        'USAGE',
        `cannot run \`ptrack ${found.spec.name}\` through the context ${context.remote.name}: it is about this machine`,
        {
          hint: 'add --context local, or do it there',
        },
      )
    return await parsed.action(context, parsed.args, parsed.options, found.argv)
  } catch (error) {
    return reportError(error, {
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
