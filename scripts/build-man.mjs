// ptrack.1, from the commands themselves: what `--help` says of each, in the macros of man(7).
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'

const ENTRY = `
export { COMMANDS } from './src/cli/command-table.ts'
export { GROUPS } from './src/cli/help.ts'
export { buildParser } from './src/cli/parse-command.ts'
export { addCommonOptions, namesOf } from './src/cli/command.ts'
export { Command } from 'commander'
`

/** The command table as it is built, loaded into this process. */
async function commandTable(root, version) {
  const { outputFiles } = await build({
    stdin: { contents: ENTRY, resolveDir: root, loader: 'ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    define: { PTRACK_VERSION: JSON.stringify(version), 'import.meta.url': '"file:///"' },
    logLevel: 'warning',
    write: false,
  })
  const directory = mkdtempSync(join(tmpdir(), 'ptrack-man-'))
  try {
    writeFileSync(join(directory, 'table.cjs'), outputFiles[0].contents)
    return createRequire(import.meta.url)(join(directory, 'table.cjs'))
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** Text that stays what it is: no escapes, no hyphens where an option has a minus, and no line that begins a macro. */
const text = (words) =>
  words
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1')
const bold = (words) => `\\fB${text(words)}\\fR`

const optionLines = (options) =>
  options.filter(({ hidden }) => !hidden).flatMap(({ flags, description }) => ['.TP', bold(flags), text(description)])

/** What a command adds behind its options: examples, and what they need to be understood. */
function afterWords(command) {
  let whole = ''
  command.configureOutput({
    writeOut: (part) => {
      whole += part
    },
  })
  command.outputHelp()
  return whole.slice(command.helpInformation().length).replace(/^\n+|\n+$/g, '')
}

function commandLines({ namesOf, buildParser }, spec, commonFlags) {
  const { command } = buildParser(spec)
  const aliases = namesOf(spec).slice(1)
  const own = command.options.filter(({ flags }) => !commonFlags.has(flags))
  const operands = command.registeredArguments.filter(({ description }) => description)
  const after = afterWords(command)
  const lines = ['.TP', bold(`${spec.name} ${command.usage()}`), text(`${spec.summary}.`)]
  if (aliases.length > 0) lines.push(`Also: ${aliases.map(bold).join(', ')}.`)
  if (operands.length + own.length > 0 || after) {
    lines.push('.RS')
    for (const operand of operands) lines.push('.TP', `\\fI${text(operand.name())}\\fR`, text(operand.description))
    lines.push(...optionLines(own))
    if (after) lines.push('.PP', '.nf', ...text(after).split('\n'), '.fi')
    lines.push('.RE')
  }
  return lines
}

const ENVIRONMENT = [
  ['PTRACK_HOME', 'directory of the daemon and its files; the XDG state directory and /ptrack unless set'],
  ['PTRACK_URL, PTRACK_TOKEN', 'a daemon at another address, and the token for it'],
  ['PTRACK_DEBUG', 'stacks of errors too'],
  ['NO_COLOR', 'no colours'],
]
const FILES = [
  ['~/.local/state/ptrack', 'state, logs, results and history of the daemon'],
  ['~/.config/ptrack/config.json', 'preferences; see \\fBptrack config\\fR'],
]
const EXITS = [
  [0, 'all is well'],
  [1, 'the target failed'],
  [2, 'the command line cannot be read'],
  [3, 'not running or unhealthy'],
  [4, 'no such process'],
  [5, 'the daemon cannot be reached'],
  [6, 'timed out'],
  [7, 'denied'],
  [8, 'refused as unsafe'],
]

/** Packagers set SOURCE_DATE_EPOCH, so that a build can be repeated bit by bit. */
function dayOfBuild() {
  const { SOURCE_DATE_EPOCH: seconds } = process.env
  return (seconds ? new Date(Number(seconds) * 1000) : new Date()).toISOString().slice(0, 10)
}

export async function manPage(root, version) {
  const table = await commandTable(root, version)
  const common = table.addCommonOptions(new table.Command()).options
  const commonFlags = new Set(common.map(({ flags }) => flags))
  const entry = (term, words) => ['.TP', bold(String(term)), words]
  const lines = [
    `.TH PTRACK 1 ${dayOfBuild()} "ptrack ${version}" "User Commands"`,
    '.SH NAME',
    'ptrack \\- supervise processes: start, watch and restart them, and find what they leave behind',
    '.SH SYNOPSIS',
    '.B ptrack',
    '.RI [ command ]',
    '.RI [ options ]',
    '.RI [ operands ]',
    '.SH DESCRIPTION',
    'A daemon of this user runs services and jobs, outlives the terminal and is outlived by what it runs: when it is killed or',
    'replaced, the next one takes over what still runs. It is started by the first command that needs it.',
    '.B ptrack',
    'alone lists the processes.',
    '.PP',
    'Where a command takes names, each is a name, an id, a pid, a glob,',
    '.BI tag: T',
    'or',
    '.BR all .',
    '.SH OPTIONS',
    'Every command takes these.',
    ...optionLines(common),
    ...entry('-h, --help', 'show the help of the command'),
    '.SH COMMANDS',
  ]
  for (const [group, title] of table.GROUPS) {
    lines.push(`.SS ${title}`)
    for (const spec of table.COMMANDS)
      if (spec.group === group && !spec.hidden) lines.push(...commandLines(table, spec, commonFlags))
  }
  lines.push('.SH EXIT STATUS', ...EXITS.flatMap(([code, words]) => entry(code, words)), '.PP')
  lines.push('.B ptrack run', 'exits as its program does: 128+n for signal n, 127 and 126 when it cannot be started.')
  lines.push('.SH ENVIRONMENT', ...ENVIRONMENT.flatMap(([name, words]) => entry(name, words)))
  lines.push('.SH FILES', ...FILES.flatMap(([name, words]) => entry(name, words)))
  lines.push('.SH EXAMPLES', '.nf')
  lines.push(
    ...text('ptrack start --name web --port 3000 -- node server.js\nptrack logs web -f\nptrack run -- make test').split('\n'),
    '.fi',
  )
  lines.push('.SH SEE ALSO', '.BR systemd.service (5)')
  return `${lines.filter((line) => line !== '').join('\n')}\n`
}
