/** supervisord .conf files: programs, groups and %(...)s. The caller resolves includes. */
import { dirname } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, ReadFile } from '../file-process.ts'
import { emptyProcess, fileNote, importedName, readFields } from './fields.ts'
import type { IniSection } from './ini.ts'
import { setOf } from './instances.ts'
import { type Program, SUPERVISORD_FIELDS, supervisorEnv } from './supervisord-fields.ts'
import { LOG_FILES, placeLogs } from './supervisord-logs.ts'
import type { ImportWorld } from './world.ts'

/** `%(name)s`, `%(n)02d`; an unknown name is BAD_FILE, as in supervisord. */
export function expandPercent(text: string, values: Record<string, string>, at: string): string {
  return text.replace(/%%|%\(([^)]+)\)(0?)(\d*)([sd])/g, (whole, name: string | undefined, zero: string, width: string) => {
    if (name === undefined) return '%'
    const value = values[name]
    if (value === undefined)
      throw new PtrackError('BAD_FILE', `cannot import ${at}: nothing is known for ${whole}`, {
        hint: name.startsWith('ENV_') ? `set ${name.slice(4)} in the shell` : 'see the names that supervisord expands',
      })
    return width === '' ? value : value.padStart(Number(width), zero === '0' ? '0' : ' ')
  })
}

const asEnv = (env: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(env).map(([key, value]) => [`ENV_${key}`, value]))

function groupsOf(sections: readonly IniSection[], notes: FieldNote[]): Map<string, string> {
  const groups = new Map<string, string>()
  const known = new Set(sections.map(({ name }) => name.replace(/^(fcgi-)?program:/, '').trim()))
  for (const { name, values, lines, file } of sections) {
    const group = /^group:(.+)$/.exec(name)?.[1]
    if (group === undefined) continue
    for (const [key, value] of Object.entries(values)) {
      if (key === 'programs') {
        const programs = value
          .split(',')
          .map((one) => one.trim())
          .filter(Boolean)
        const missing = programs.find((program) => !known.has(program))
        if (missing !== undefined)
          throw new PtrackError('BAD_FILE', `cannot import ${file}: [${name}] names ${missing}, which is no program of it`, {
            hint: 'supervisord does not start with that either; take it out, or include its file',
          })
        for (const program of programs) groups.set(program, group)
        notes.push({ ...fileNote(`${name}.programs`, 'kept', `tag:${group} names them`, lines[key]), became: `tag: ${group}` })
      } else
        notes.push(fileNote(`${name}.${key}`, 'ignored', key === 'priority' ? 'a tag has no order' : 'unknown field', lines[key]))
    }
  }
  return groups
}

/** `sections` of the file and its includes; errors are BAD_FILE. */
export function readSupervisord(sections: readonly IniSection[], where: { file: string; world: ImportWorld }): ReadFile {
  const { file, world } = where
  const notes: FieldNote[] = []
  const groups = groupsOf(sections, notes)
  let common: Record<string, string> = {}
  const expansions = (section: IniSection): Record<string, string> => ({
    ...asEnv(world.env),
    // Variables of [supervisord] are visible in programs' expansions, their own ones in all but `environment`.
    ...asEnv(common),
    here: dirname(section.file),
    host_node_name: world.hostname,
  })
  const daemon = sections.find(({ name }) => name === 'supervisord')
  for (const section of sections) {
    if (/^(program|group):/.test(section.name)) continue
    if (section !== daemon) {
      notes.push(fileNote(`[${section.name}]`, section.name === 'include' ? 'kept' : 'ignored', otherSection(section.name)))
      continue
    }
    for (const [key, value] of Object.entries(section.values)) {
      if (key !== 'environment') {
        notes.push(
          fileNote(`supervisord.${key}`, 'ignored', 'it is of supervisord itself, and not of a program', section.lines[key]),
        )
        continue
      }
      common = supervisorEnv(expandPercent(value, expansions(section), `${file}: environment`), `${file}: environment`)
      notes.push({ ...fileNote('supervisord.environment', 'kept', 'given to each', section.lines[key]), became: 'env' })
    }
  }
  const programs = sections.flatMap((section) => {
    const program = /^program:(.+)$/.exec(section.name)?.[1]?.trim()
    if (program === undefined) return []
    return readProgram(section, program, groups.get(program) ?? program, expansions(section), common, world, notes)
  })
  if (programs.length === 0)
    throw new PtrackError('BAD_FILE', `cannot import ${file}: there is no [program:x] in it`, {
      hint: 'give the file that holds the programs',
    })
  notes.push(
    fileNote(
      'SUPERVISOR_*',
      'changed',
      'programs find no SUPERVISOR_ENABLED, SUPERVISOR_PROCESS_NAME and the like; PTRACK_ID and PTRACK_RUN are set',
    ),
  )
  return { file, processes: programs.sort((a, b) => a.priority - b.priority).map(({ process }) => process), notes }
}

/** Malformed ones are reported when the field is read. */
function ownEnv(text: string, at: string): Record<string, string> {
  try {
    return supervisorEnv(text, at)
  } catch (error) {
    if (error instanceof TypeError) return {}
    throw error
  }
}

function otherSection(name: string): string {
  if (name === 'include') return 'its files are read'
  if (/^eventlistener:/.test(name)) return '`ptrack events -f --json` and hooks tell what happens'
  if (/^fcgi-program:/.test(name)) return 'ptrack opens no socket for a program'
  return 'it is of supervisord itself, and not of a program'
}

function readProgram(
  section: IniSection,
  program: string,
  group: string,
  given: Record<string, string>,
  common: Record<string, string>,
  world: ImportWorld,
  notes: FieldNote[],
): Program[] {
  const { values, lines } = section
  if (values.command === undefined)
    throw new PtrackError('BAD_FILE', `cannot import [${section.name}]: it has no command`, { hint: 'give it one' })
  const whole = (key: string, fallback: number): number => {
    const named = { ...given, program_name: program, group_name: group }
    const text = expandPercent(values[key] ?? String(fallback), named, `[${section.name}]: ${key}`).trim()
    if (!/^\d+$/.test(text))
      throw new PtrackError('BAD_FILE', `cannot import [${section.name}]: ${key} ${text} is no number`, { hint: 'mend it' })
    return Number(text)
  }
  const count = whole('numprocs', 1)
  const first = whole('numprocs_start', 0)
  if (count > 1 && !/%\(process_num\)/.test(values.process_name ?? ''))
    throw new PtrackError(
      'BAD_FILE',
      `cannot import [${section.name}]: numprocs is ${count} and process_name tells them not apart`,
      {
        hint: 'write process_name=%(program_name)s_%(process_num)02d, as supervisord wants it too',
      },
    )
  const setName = importedName(program)
  const members = Array.from({ length: count }, (_, index) => {
    const known = {
      ...given,
      program_name: program,
      group_name: group,
      numprocs: String(count),
      process_num: String(first + index),
    }
    const at = `[${section.name}]`
    const written = values.process_name === undefined ? program : expandPercent(values.process_name, known, at)
    const name = importedName(written)
    const read: Program = {
      process: emptyProcess(name, world.cwd),
      cwd: world.cwd,
      priority: 999,
      autorestart: 'unexpected',
      exitcodes: [0],
      logs: { out: null, err: null, merged: false },
    }
    read.process.env = { ...common }
    if (group !== (count > 1 ? setName : name)) read.process.definition.tags = [group]
    const environment = values.environment === undefined ? '' : expandPercent(values.environment, known, `${at}: environment`)
    const all = { ...known, ...asEnv(ownEnv(environment, `${at}: environment`)) }
    const expanded = Object.fromEntries(
      Object.entries(values).map(([key, value]) => {
        if (key === 'environment') return [key, environment]
        // All instances have one definition, in which the log's name has their number.
        const names = count > 1 && LOG_FILES.includes(key) ? { ...all, process_num: '{instance}' } : all
        return [key, expandPercent(value, names, `${at}: ${key}`)]
      }),
    )
    const fieldNotes = readFields(SUPERVISORD_FIELDS, expanded, read, {
      process: count > 1 ? setName : name,
      lineOf: (key) => lines[key] ?? null,
    })
    if (count > 1) {
      const called = fieldNotes.find(({ field }) => field === 'process_name')
      if (called)
        Object.assign(called, {
          verdict: 'changed',
          became: `${setName}:0 ...`,
          why: `${written} is ${setName}:${index}; ${setName} means all of them`,
        })
    } else if (written !== name)
      fieldNotes.push({
        process: name,
        field: 'name',
        verdict: 'changed',
        became: `name: ${name}`,
        why: 'letters that names may not have',
        line: null,
      })
    placeLogs(read, world, fieldNotes, first)
    // Notes on the first apply to all.
    if (index === 0) notes.push(...fieldNotes)
    const { definition } = read.process
    definition.restart = ({ true: 'always', false: 'never', unexpected: 'on-failure' } as const)[read.autorestart]
    definition.okExit = read.exitcodes
    return read
  })
  if (count === 1) return members
  return [
    {
      ...members[0]!,
      process: setOf(
        setName,
        members.map(({ process }) => process),
      ),
    },
  ]
}
