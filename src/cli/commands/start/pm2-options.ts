/** What `ptrack start` makes of pm2's options, except identical ones; docs/from-pm2.md is printed from this table. */
import { availableParallelism } from 'node:os'
import { watchGlob } from '../../../files/import/pm2-values.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { quoteCommand } from '../../../words/text.ts'
import type { Translate } from '../../input/read-line.ts'

type Value = 'none' | 'required' | 'optional' | 'several'

export interface Pm2Option {
  /** As in pm2, without dashes in between: `-i`, `--instances`. */
  flags: readonly string[]
  value: Value
  /** For the documents and the note: ptrack's spelling, or why nothing is needed. */
  here: string
  /** The words to read instead. null: this spelling with this value is ptrack's own. */
  words: ((value: string) => string[] | null) | null
  /** Refused: without it the program would not do what was asked for. */
  refused: boolean
}

const becomes = (flags: string, value: Value, here: string, words: (value: string) => string[] | null): Pm2Option => ({
  flags: flags.split(' '),
  value,
  here,
  words,
  refused: false,
})
const needless = (flags: string, value: Value, here: string): Pm2Option => ({
  flags: flags.split(' '),
  value,
  here,
  words: null,
  refused: false,
})
const refused = (flags: string, value: Value, here: string): Pm2Option => ({ ...needless(flags, value, here), refused: true })

/** In pm2 a bare number means milliseconds. */
const time = (text: string): string => (/^\d+$/.test(text) ? `${text}ms` : text)
const cores = (): number => availableParallelism()

function instances(text: string): string[] | null {
  if (text === 'max' || text === '0') return [`--instances=${cores()}`]
  return /^-\d+$/.test(text) ? [`--instances=${Math.max(1, cores() + Number(text))}`] : null
}

function unwatched(text: string): string[] {
  const paths = text.split(/[\s,]+/).filter((one) => one !== '')
  const expression = paths.find((one) => one.includes('\\'))
  if (expression !== undefined)
    throw new PtrackError('USAGE', `cannot ignore the files ${expression}: ptrack takes globs, not regular expressions`, {
      hint: "write --ignore-watch '*.log'",
    })
  return paths.map((one) => `--watch-files=!${one.replace(/^\.\//, '').replace(/\/+$/, '')}`)
}

export const PM2_OPTIONS: readonly Pm2Option[] = [
  becomes('-n', 'required', '`--name NAME`', (name) => [`--name=${name}`]),
  becomes(
    '-i',
    'required',
    '`--instances N`; `max` and 0 are all cores, -1 all but one',
    (n) => instances(n) ?? [`--instances=${n}`],
  ),
  becomes('--instances', 'required', '`--instances N`; `max` and 0 are all cores, -1 all but one', instances),
  becomes('--watch', 'optional', "`--watch-files '**'`, or `--watch-files 'DIR/**'` with `--watch DIR`", (path) => [
    `--watch-files=${watchGlob(path === '' ? '.' : path)}`,
  ]),
  becomes('--ignore-watch', 'required', "`--watch-files '!GLOB'`; node_modules, .git and the like are ignored anyway", unwatched),
  becomes('--max-memory-restart', 'required', '`--max-memory SIZE`, of the whole process tree', (size) => [
    `--max-memory=${size}`,
  ]),
  becomes('-c --cron-restart', 'required', '`--cron EXPRESSION`', (cron) => (cron === '0' ? [] : [`--cron=${cron}`])),
  becomes('--no-autorestart', 'none', '`--restart never`', () => ['--restart=never']),
  becomes('--stop-exit-codes', 'several', '`--no-restart-exit CODE,CODE`', (codes) => [`--no-restart-exit=${codes}`]),
  becomes('-k --kill-timeout', 'required', '`--stop-timeout TIME`; a number alone is milliseconds', (ms) => [
    `--stop-timeout=${time(ms)}`,
  ]),
  becomes('--restart-delay', 'required', '`--restart-delay TIME`; a number alone is milliseconds', (ms) =>
    /^\d+$/.test(ms) ? [`--restart-delay=${time(ms)}`] : null,
  ),
  becomes('--wait-ready', 'none', "`--health notify`; `process.send('ready')` reports it", () => ['--health=notify']),
  becomes('--listen-timeout', 'required', '`--ready-timeout TIME`; a number alone is milliseconds', (ms) => [
    `--ready-timeout=${time(ms)}`,
  ]),
  becomes('--namespace', 'required', '`--tag NAME`', (name) => (name === 'default' ? [] : [`--tag=${name}`])),
  becomes('--uid', 'required', '`--user NAME`', (name) => [`--user=${name}`]),
  becomes('--gid', 'required', '`--group NAME`', (name) => [`--group=${name}`]),
  becomes('-a', 'none', '`--update-env`', () => ['--update-env']),
  needless('-f --force', 'none', 'a script can be started any number of times, under names of its own'),
  needless('-x --execute-command', 'none', 'every program runs this way'),
  needless('-s --silent', 'none', 'a start prints one line'),
  needless('--exp-backoff-restart-delay', 'required', 'restarts always back off, from 100 ms to 60 s'),
  needless('--watch-delay', 'required', 'changes are gathered for 300 ms'),
  needless('--time', 'none', '`ptrack logs --timestamps` shows the times'),
  needless('--log-date-format', 'required', '`ptrack logs --timestamps` shows the times'),
  needless('--merge-logs', 'none', '`ptrack logs tag:TAG` shows several processes together'),
  needless('--parallel', 'required', 'instances start at once'),
  needless('--no-treekill', 'none', 'a stop always ends the whole process tree'),
  needless('--no-vizion', 'none', 'ptrack does not look at version control'),
  needless('--no-pmx', 'none', 'no monitoring code is loaded into the program'),
  needless('--disable-source-map-support', 'none', 'source maps are off by default'),
  needless('--no-color', 'none', '`NO_COLOR=1` turns colors off'),
  refused('--interpreter', 'required', '`ptrack start -- INTERPRETER app.js`'),
  refused('--node-args --interpreter-args', 'required', '`ptrack start -- node ARGS app.js`'),
  refused('--source-map-support', 'none', '`ptrack start -- node --enable-source-maps app.js`'),
  refused('--shutdown-with-message', 'none', 'handle SIGTERM in the program, or choose a signal with `--stop-signal INT`'),
  refused(
    '-o --output -e --error -l --log',
    'required',
    '`--out-file PATH` and `--err-file PATH` write there, and both may name one file; `ptrack logs NAME` shows them',
  ),
  refused('--log-type', 'required', '`ptrack logs NAME --json` prints each line as JSON'),
  refused('--disable-logs', 'none', '`--out-file /dev/null --err-file /dev/null` drops the output'),
  refused('-p --pid', 'required', '`ptrack show NAME --json` prints the pid'),
  refused('--filter-env', 'required', '`--clean-env` passes on PATH, HOME and the like alone'),
  refused('--no-autostart', 'none', '`autostart: false` in a ptrack.yaml'),
  refused('--attach', 'none', '`ptrack logs NAME -f` after the start'),
  refused('--no-daemon', 'none', '`ptrack run -- COMMAND`, or in a container `ptrack runtime` (pm2-runtime)'),
  refused('--only', 'required', '`ptrack import FILE --only NAME`'),
  refused('--ext', 'required', "`--watch-files '**/*.{js,ts}'`"),
]

/** A value that is not `NAME=VALUE` is pm2's: the set of an ecosystem file. */
const namesSet = (flag: string, value: string | undefined): boolean =>
  flag === '--env' && value !== undefined && !value.includes('=')

const valueMissing = (flag: string): PtrackError =>
  new PtrackError('USAGE', `cannot read ${flag}: its value is missing`, { hint: 'see `ptrack start --help`' })

function valueAfter(
  kind: Value,
  flag: string,
  glued: string | null,
  rest: readonly string[],
  operandSeen: boolean,
): { value: string; used: number } {
  if (kind === 'none') return { value: '', used: 0 }
  if (glued !== null) return { value: glued, used: 0 }
  const next = rest[0]
  if (kind === 'required') {
    if (next === undefined || next === '--') throw valueMissing(flag)
    return { value: next, used: 1 }
  }
  if (kind === 'optional') {
    // Before the script, the next word is the script.
    const isValue = operandSeen && next !== undefined && !next.startsWith('-')
    return isValue ? { value: next, used: 1 } : { value: '', used: 0 }
  }
  const end = rest.findIndex((word) => !/^\d+(,\d+)*$/.test(word))
  const several = rest.slice(0, end === -1 ? rest.length : end)
  if (several.length === 0) throw valueMissing(flag)
  return { value: several.join(','), used: several.length }
}

export const fromPm2: Translate = (flag, glued, rest, operandSeen) => {
  if (namesSet(flag, glued ?? rest[0]))
    throw new PtrackError('USAGE', `cannot use --env ${glued ?? rest[0]}: there is no = in it`, {
      hint: 'write KEY=VALUE, or choose a set of an ecosystem file by `ptrack import FILE --env NAME`',
    })
  // `-i4`, as pm2's parser takes it.
  const short = /^(-[a-z])(.+)$/i.exec(flag)
  const row = PM2_OPTIONS.find(({ flags }) => flags.includes(flag) || (short !== null && flags.includes(short[1]!)))
  if (row === undefined) return null
  const typed = row.flags.includes(flag) ? { flag, glued } : { flag: short![1]!, glued: short![2]! }
  if (typed.glued !== glued && row.value === 'none') return null
  if (row.refused)
    throw new PtrackError('USAGE', `cannot start with ${typed.flag} of pm2: ptrack has no such option`, { hint: row.here })
  const { value, used } = valueAfter(row.value, typed.flag, typed.glued, rest, operandSeen)
  if (row.words === null) return { words: [], used, note: `${typed.flag} of pm2 is not needed: ${row.here}` }
  const words = row.words(value)
  if (words === null) return null
  const written = quoteCommand([typed.flag, ...(value === '' ? [] : [value])])
  const read = quoteCommand(words.flatMap((word) => /^(--[^=]+)=(.*)$/s.exec(word)?.slice(1) ?? [word]))
  return { words, used, note: read === '' ? `${written} of pm2 changes nothing` : `${written} of pm2 is ${read} here` }
}
