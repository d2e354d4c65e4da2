/** export: processes as a ptrack.yaml, systemd units or a Procfile. */
import { existsSync, mkdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { dockerfileText, dockerignoreText } from '../../../files/dockerfile-text.ts'
import { fileProcessOf } from '../../../files/from-existing.ts'
import { apart } from '../../../files/import/instances.ts'
import { procfileText } from '../../../files/procfile-text.ts'
import { referring } from '../../../files/references.ts'
import { systemdUnits } from '../../../files/systemd-units.ts'
import { writePtrackYaml } from '../../../files/yaml/write.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { Context } from '../../context.ts'
import { NONE } from '../../input/project-name.ts'
import { existing, policies } from '../up/existing.ts'
import { locateOwn, readHere } from '../up/locate.ts'
import { whyNot } from '../up/why-not.ts'
import { oneProject } from './one-project.ts'

export interface ExportOptions {
  format: 'yaml' | 'systemd' | 'procfile' | 'dockerfile'
  file?: string
  output?: string
  reveal?: boolean
}

const REFERRED = {
  yaml: '${NAME} in it is read from the environment of `ptrack up`',
  systemd: 'PassEnvironment= takes them from the environment of systemd',
  procfile: 'a Procfile has none',
}

export async function exportFiles(context: Context, targets: string[], options: ExportOptions): Promise<number> {
  if (options.format === 'dockerfile') return exportDockerfile(context, targets, options)
  if (options.file !== undefined)
    throw new PtrackError('USAGE', `cannot use --file with --format ${options.format}: it writes what runs`, {
      hint: 'leave out one of the two',
    })
  const chosen =
    targets.length === 0 ? null : new Set((await context.request('list', { targets, all: true })).map(({ fullName }) => fullName))
  const has = (await existing(context, null, options.reveal === true)).filter(
    ({ name, definitions }) => chosen === null || chosen.has(name) || definitions.some((each) => chosen.has(each.name)),
  )
  const known = await policies(context)
  const whole = has.map((each) => fileProcessOf(each, known))
  const read = options.reveal ? whole : whole.map(referring)
  const { project, processes } = options.format === 'yaml' ? oneProject(read) : { project: null, processes: read }
  const names = new Set(processes.map(({ definition }) => definition.name))
  for (const { definition } of processes) {
    const outside = (definition.after ?? []).filter((each) => !names.has(each.name))
    if (outside.length === 0) continue
    context.note(`${definition.name} waits for ${outside.map(({ name }) => name).join(', ')}, which is not exported: left out`)
    definition.after = definition.after!.filter((each) => names.has(each.name))
  }
  const secret = processes.filter(({ env }) => Object.keys(env).length > 0).map(({ definition }) => definition.name)
  if (secret.length > 0 && options.format !== 'procfile')
    context.note(
      options.reveal
        ? `the variables that were set for ${secret.join(', ')} stand in it as they are: keep it as you keep secrets`
        : `the values of the variables that were set for ${secret.join(', ')} are left out: ${REFERRED[options.format]}; --reveal writes them`,
    )

  if (options.format === 'systemd') {
    const { units, notes } = systemdUnits(processes)
    for (const note of notes) context.note(note)
    if (context.json) context.printJson(units)
    else if (options.output === undefined) for (const { file, text } of units) context.io.out(`# ${file}\n${text}\n`)
    else {
      const directory = resolve(context.io.cwd, options.output)
      for (const { file, text } of units) put(directory, file, text)
      context.say(`${units.length} ${units.length === 1 ? 'unit' : 'units'} written to ${directory}`)
    }
    return 0
  }
  // Without `project` its directory would be another one.
  const { text, notes } =
    options.format === 'procfile'
      ? procfileText(processes)
      : { text: writePtrackYaml(apart(processes), project ?? NONE), notes: [] }
  for (const note of notes) context.note(note)
  if (options.output !== undefined) {
    const file = resolve(context.io.cwd, options.output)
    put('/', file, text)
    context.say(`${file} written: ${processes.length} ${processes.length === 1 ? 'process' : 'processes'}`)
  } else if (context.json) context.printJson({ format: options.format, text })
  else context.io.out(text)
  return 0
}

/** Of a file, not of what runs here: paths and variables of this machine mean nothing in an image. */
function exportDockerfile(context: Context, targets: string[], options: ExportOptions): number {
  if (targets.length > 0)
    throw new PtrackError('USAGE', `cannot write a Dockerfile of ${targets[0]}: it runs a ptrack.yaml`, {
      hint: '`ptrack export -o ptrack.yaml` writes one',
    })
  const path = locateOwn(context, options.file)
  // What cannot be brought up here cannot be there.
  readHere(context, path, {})
  const isNode = existsSync(join(dirname(path), 'package.json'))
  const text = dockerfileText({ file: `/app/${basename(path)}`, isNode, version: VERSION })
  if (context.json) context.printJson({ format: 'dockerfile', files: { Dockerfile: text, '.dockerignore': dockerignoreText() } })
  else if (options.output === undefined) context.io.out(text)
  else {
    const directory = resolve(context.io.cwd, options.output)
    for (const name of ['Dockerfile', '.dockerignore'])
      if (existsSync(join(directory, name)))
        throw new PtrackError('FAILED', `cannot write ${join(directory, name)}: it is there already`, {
          hint: 'remove it first, or name another directory with -o',
        })
    put(directory, 'Dockerfile', text)
    put(directory, '.dockerignore', dockerignoreText())
    context.say(`Dockerfile and .dockerignore written to ${directory}`)
  }
  return 0
}

/** For its owner only: variables may be secrets. An old file stays until the new one is complete. Throws FAILED. */
export function put(directory: string, file: string, text: string): void {
  const path = resolve(directory, file)
  const partial = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    const there = statSync(path, { throwIfNoEntry: false })
    // A terminal, a pipe, a directory: cannot be replaced.
    if (there?.isFile() === false) return writeFileSync(path, text)
    writeFileSync(partial, text, { mode: 0o600, flag: 'wx' })
    renameSync(partial, there ? realpathSync(path) : path)
  } catch (cause) {
    rmSync(partial, { force: true })
    const { code } = cause as NodeJS.ErrnoException
    if (code === undefined) throw cause
    throw new PtrackError('FAILED', `cannot write ${path}: ${whyNot(code, 'write')}`, {
      hint: 'name another place with -o',
      cause,
    })
  }
}
