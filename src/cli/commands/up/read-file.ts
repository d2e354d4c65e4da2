/** A file in any format, with this machine's files and environment. */
import { dirname } from 'node:path'
import type { ReadFile } from '../../../files/file-process.ts'
import { parseFormation } from '../../../files/import/procfile-settings.ts'
import { readImport } from '../../../files/import/read-import.ts'
import { dependencyCycle } from '../../../files/order.ts'
import type { FileChoices } from '../../../files/plan.ts'
import type { ReadOptions } from '../../../files/yaml/read.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { importWorld } from '../import/world.ts'
import { foreignFormat } from './foreign.ts'
import { readHere } from './locate.ts'

export interface ReadAny extends ReadFile {
  /** Names of the file that are not active now. */
  inactive: readonly string[]
  /** As the file names it. */
  project: string | null
}

/** `reads` collects what took part, for `--watch`. Errors are BAD_FILE; USAGE for options that this format does not have. */
export async function readFile(
  context: Context,
  file: string,
  /** `cwd`: relative paths of a file of pm2 count from there; default: its directory, so that it does not matter from where it is brought up. */
  { choices, cwd = dirname(file), ...options }: ReadOptions & { choices: FileChoices; cwd?: string },
  reads: Set<string> = new Set(),
): Promise<ReadAny> {
  const format = choices.format ?? foreignFormat(file)
  const { format: _format, ...others } = choices
  refuseOthers(file, format, { ...others, profile: options.profiles?.length ? '' : undefined })
  if (format === null) return readHere(context, file, options, reads)
  const { formation, like, env } = choices
  const world = importWorld(context)
  const readText = (path: string): string | null => {
    reads.add(path)
    return world.readText(path)
  }
  const read = await readImport(
    file,
    {
      format,
      like: like ?? 'foreman',
      formation: formation === undefined ? null : parseFormation(formation),
      envName: env ?? null,
    },
    { ...world, cwd, readText },
  )
  refuseCycle(read)
  return { ...read, inactive: [], project: null }
}

export function refuseCycle({ file, processes }: Pick<ReadFile, 'file' | 'processes'>): void {
  const cycle = dependencyCycle(new Map(processes.map(({ definition }) => [definition.name, definition.after ?? []])))
  if (cycle === null) return
  throw new PtrackError('BAD_FILE', `cannot import ${file}: ${cycle.join(' waits for ')}`, { hint: 'take one of them out' })
}

const OF: Record<string, readonly (string | null)[]> = {
  formation: ['procfile'],
  like: ['procfile'],
  env: ['pm2'],
  profile: [null],
}
const FILES: Record<string, string> = {
  formation: 'a Procfile',
  like: 'a Procfile',
  env: 'a file of pm2',
  profile: 'a ptrack.yaml',
}

function refuseOthers(file: string, format: string | null, given: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(given))
    if (value !== undefined && !OF[name]!.includes(format))
      throw new PtrackError('USAGE', `cannot use --${name} for ${file}: it is for ${FILES[name]}`, { hint: 'leave it out' })
}

/** A line that says how many fields have no counterpart; null if all have one. */
export function ignoredLine({ file, notes }: Pick<ReadFile, 'file' | 'notes'>, command: string): string | null {
  const lost = notes.filter(({ verdict }) => verdict === 'ignored').length
  if (lost === 0) return null
  return `${lost} ${lost === 1 ? 'field' : 'fields'} of ${file} ${lost === 1 ? 'is' : 'are'} ignored: \`${command}\` names ${lost === 1 ? 'it' : 'them'}`
}
