/** Reads a file of another program: detects its format and reads related files. */
import { basename, dirname, join, resolve } from 'node:path'
import { LineCounter, parseDocument } from 'yaml'
import { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { issueWords, mostSpecific } from '../../protocol/issue-words.ts'
import type { ReadFile } from '../file-process.ts'
import { unusable } from '../unusable.ts'
import { evaluate } from './evaluate.ts'
import { badYaml, plainValue } from './foreign-yaml.ts'
import { type IniSection, mergedSections, parseIni } from './ini.ts'
import { withOwnVariables } from './instances.ts'
import { withoutSharedJobLogs } from './log-files.ts'
import { readPm2 } from './pm2.ts'
import { readProcessCompose } from './process-compose.ts'
import type { ProjectSource } from './process-compose-load.ts'
import { readProcfile } from './procfile.ts'
import { foremanSettings, type Like, overmindSettings } from './procfile-settings.ts'
import { expandPercent, readSupervisord } from './supervisord.ts'
import type { ImportWorld } from './world.ts'

export const FORMATS = ['pm2', 'procfile', 'process-compose', 'supervisord'] as const
export type Format = (typeof FORMATS)[number]

export interface ImportChoices {
  format: Format | null
  like: Like
  formation: ReadonlyMap<string, number> | null
  /** pm2: env_NAME is merged over env. */
  envName: string | null
}

/** By its name, else by its content; null = unknown. */
export function formatOf(file: string, text: string): Format | null {
  const name = basename(file)
  if (/^Procfile/i.test(name)) return 'procfile'
  if (name === 'dump.pm2' || /\.pm2(\.bak)?$/.test(name) || /\.[cm]?js$|\.json5?$/.test(name)) return 'pm2'
  if (/\.(conf|ini)$/.test(name)) return /^\s*\[(program|group|supervisord|include)\b/m.test(text) ? 'supervisord' : null
  if (/\.ya?ml$/.test(name)) {
    if (/^\s*["']?processes["']?\s*:/m.test(text)) return 'process-compose'
    return /^\s*(-\s*)?["']?(apps|pm2|script)["']?\s*:/m.test(text) ? 'pm2' : null
  }
  if (/^\s*\[program:/m.test(text)) return 'supervisord'
  return /^[\w-]+:\s+\S/m.test(text) ? 'procfile' : null
}

/** Errors are BAD_FILE, also for a missing file. The result can be started: every definition has been checked. */
export async function readImport(
  path: string,
  choices: ImportChoices,
  world: ImportWorld,
  /** Further files over the first, for process-compose only. */
  over: readonly string[] = [],
): Promise<ReadFile> {
  const found = await readByFormat(path, over, choices, world)
  const read = { ...found, processes: found.processes.map(withOwnVariables) }
  withoutSharedJobLogs(read.processes, read.notes)
  const names = new Set<string>()
  for (const { definition } of read.processes) {
    if (names.has(definition.name))
      throw new PtrackError('BAD_FILE', `cannot import ${read.file}: two processes would be called ${definition.name}`, {
        hint: 'give each a name of its own',
      })
    names.add(definition.name)
    const [issue] = Definition.safeParse(definition).error?.issues ?? []
    if (issue)
      throw new PtrackError(
        'BAD_FILE',
        `cannot import ${definition.name}: ${issue.path.join('.')} ${issueWords(mostSpecific(issue))}`,
        {
          hint: `mend it in ${read.file}; nothing was started`,
        },
      )
    const [refused] = unusable(definition)
    if (refused)
      throw new PtrackError('BAD_FILE', `cannot import ${definition.name}: ${refused.field}: ${refused.message}`, {
        hint: `mend it in ${read.file}; nothing was started`,
      })
  }
  return read
}

const SETTINGS = { foreman: foremanSettings, overmind: overmindSettings }

async function readByFormat(
  path: string,
  over: readonly string[],
  choices: ImportChoices,
  world: ImportWorld,
): Promise<ReadFile> {
  const sources = [path, ...over].map((one) => sourceOf(resolve(world.cwd, one), world))
  const { file, text } = sources[0]!
  const format = choices.format ?? formatOf(file, text)
  if (over.length > 0 && format !== 'process-compose')
    throw new PtrackError('USAGE', `cannot import ${sources.length} files at once: only those of process-compose go together`, {
      hint: 'import one after the other',
    })
  switch (format) {
    case 'pm2':
      return importPm2(file, text, choices, world)
    case 'procfile':
      return readProcfile(text, file, SETTINGS[choices.like](dirname(file), world, choices.formation))
    case 'process-compose':
      return readProcessCompose([...sources, ...overrides(sources, world)], world)
    case 'supervisord':
      return readSupervisord(withIncludes(file, text, world), { file, world })
    case null:
      if (/^\s*services\s*:/m.test(text) && /\.ya?ml$/.test(file))
        throw new PtrackError('BAD_FILE', `cannot import ${file}: it is docker's, and what it runs are images`, {
          hint: 'write a ptrack.yaml with the command of each program',
        })
      throw new PtrackError('BAD_FILE', `cannot import ${file}: it is not clear which format it is`, {
        hint: `say it by --format ${FORMATS.join('|')}`,
      })
  }
}

function sourceOf(file: string, { readText }: ImportWorld): ProjectSource {
  const text = readText(file)
  if (text === null) throw new PtrackError('BAD_FILE', `cannot import ${file}: there is no such file`, { hint: 'check the path' })
  return { file, text }
}

/** process-compose takes the override of a file that it found by its name. */
function overrides([first, ...others]: readonly ProjectSource[], world: ImportWorld): ProjectSource[] {
  const { file } = first!
  if (others.length > 0 || !/^(process-)?compose\.ya?ml$/.test(basename(file))) return []
  const names = ['compose', 'process-compose'].flatMap((name) => [`${name}.override.yml`, `${name}.override.yaml`])
  const found = names.map((name) => join(dirname(file), name)).find(world.isFile)
  return found === undefined ? [] : [sourceOf(found, world)]
}

async function importPm2(file: string, text: string, { envName }: ImportChoices, world: ImportWorld): Promise<ReadFile> {
  const name = basename(file)
  const isDump = /\.pm2(\.bak)?$/.test(name)
  if (/\.[cm]?js$/.test(name)) return readPm2(await evaluate(file, world), { file, world, envName, isDump })
  // YAML includes JSON, but comments are // here: pm2 reads its .json as JavaScript.
  const isJson = /\.json5?$/.test(name) || isDump
  if (isJson) {
    const lenient = isDump ? text : `module.exports = (${text})`
    return readPm2(isDump ? parseJson(lenient, file) : await evaluate(file, world, lenient), { file, world, envName, isDump })
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, merge: true })
  const [error] = document.errors
  if (error) throw badYaml(error, file, lines)
  const lineOf = (path: (string | number)[]): number | null => {
    const node = document.getIn(path, true) as { range?: number[] } | undefined
    return node?.range ? lines.linePos(node.range[0]!).line : null
  }
  return readPm2(plainValue(document, file), { file, world, envName, isDump, lineOf })
}

function parseJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new PtrackError('BAD_FILE', `cannot import ${file}: ${(cause as SyntaxError).message}`, {
      hint: '`pm2 save` writes it anew',
      cause,
    })
  }
}

/** The sections of the file and of its [include]s; an included file includes nothing, as in supervisord. */
function withIncludes(file: string, text: string, world: ImportWorld): IniSection[] {
  const sections = parseIni(text, file)
  const patterns = sections.find(({ name }) => name === 'include')?.values.files ?? ''
  const known = {
    here: dirname(file),
    host_node_name: world.hostname,
    ...Object.fromEntries(Object.entries(world.env).map(([key, value]) => [`ENV_${key}`, value])),
  }
  const files = patterns
    .split(/\s+/)
    .filter(Boolean)
    .flatMap((pattern) => world.glob(expandPercent(pattern, known, `${file}: files`), dirname(file)))
  return mergedSections([...sections, ...files.flatMap((one) => parseIni(world.readText(one) ?? '', one))])
}
