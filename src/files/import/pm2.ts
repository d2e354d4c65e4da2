/** pm2 ecosystem files and dump.pm2. */
import { basename, extname, resolve } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { FieldNote, FileProcess, ReadFile } from '../file-process.ts'
import { emptyProcess, fileNote, importedName, isRecord, readFields } from './fields.ts'
import { shareOut } from './pm2-cluster.ts'
import { readDeploy } from './pm2-deploy.ts'
import { PM2_FIELDS } from './pm2-fields.ts'
import { placeLogs } from './pm2-logs.ts'
import { PM2_STATE, type Pm2App } from './pm2-values.ts'
import type { ImportWorld } from './world.ts'

/** pm2's lib/API/interpreter.json. */
const INTERPRETERS: Record<string, readonly string[]> = {
  '.sh': ['bash'],
  '.py': ['python', 'python3'],
  '.rb': ['ruby'],
  '.php': ['php'],
  '.pl': ['perl'],
  '.js': ['node'],
  '.coffee': ['coffee'],
  '.ls': ['lsc'],
  '.ts': ['bun'],
  '.tsx': ['bun'],
}

function appsOf(value: unknown, file: string, notes: FieldNote[]): Record<string, unknown>[] {
  let list: unknown = value
  if (isRecord(value)) {
    list = value.apps ?? value.pm2 ?? [value]
    if (value.apps !== undefined || value.pm2 !== undefined)
      for (const key of Object.keys(value))
        if (key !== 'apps' && key !== 'pm2' && key !== 'deploy')
          notes.push(fileNote(key, 'ignored', 'unknown field; apps holds the processes'))
  }
  if (isRecord(list)) list = [list]
  if (!Array.isArray(list) || list.length === 0 || !list.every(isRecord))
    throw new PtrackError('BAD_FILE', `cannot import ${file}: there are no apps in it`, {
      hint: 'export { apps: [{ name, script }] }, or say the format by --format',
    })
  return list
}

function commandOf(app: Pm2App, world: ImportWorld): string[] {
  const { script, args, nodeArgs } = app
  const file = resolve(app.cwd, script)
  if (!world.isFile(file) && /\s/.test(script.trim()))
    return [world.inPath('bash') === null ? 'sh' : 'bash', '-c', [script, ...args].join(' ')]
  const path = world.isFile(file) ? file : world.inPath(script)
  if (path === null)
    throw new PtrackError(
      'BAD_FILE',
      `cannot import ${app.process.definition.name}: there is neither a file ${file} nor a command ${script}`,
      {
        hint: 'paths count from where import is called, as in pm2: call it there, or give cwd',
      },
    )
  if (app.interpreter === 'none') return [path, ...args]
  if (app.interpreter !== null) return [app.interpreter.replace(/^node@.*/, 'node'), ...nodeArgs, path, ...args]
  const known = INTERPRETERS[extname(path)]
  if (known) return [known.find((one) => world.inPath(one) !== null) ?? known[0]!, ...nodeArgs, path, ...args]
  return world.isBinary(path) ? [path, ...args] : ['node', ...nodeArgs, path, ...args]
}

function finish(app: Pm2App, world: ImportWorld, note: (field: string, why: string) => void): FileProcess {
  const { process } = app
  process.definition.cwd = app.cwd
  process.definition.command = commandOf(app, world)
  Object.assign(process.env, app.named)
  if (/^python/.test(basename(process.definition.command[0]!))) process.env.PYTHONUNBUFFERED ??= '1'
  process.instances = app.instances ?? 1
  if (app.growingDelayMs > 0 && process.definition.restartDelayMs !== undefined) {
    delete process.definition.restartDelayMs
    note('restart_delay', 'exp_backoff_restart_delay wins over it, as in pm2')
  }
  if (app.port !== null) {
    process.env.PORT = String(app.port)
    if (process.instances === 1) process.definition.ports = [app.port]
  }
  const said = shareOut(app)
  if (said !== null) note(app.mode === null ? 'instances' : 'exec_mode', said)
  const without = filtered(app, world).filter((name) => !(name in process.env))
  if (without.length > 0) process.definition.command.unshift('env', ...without.flatMap((name) => ['-u', name]))
  const first = app.incrementVar === null ? Number.NaN : Number(process.env[app.incrementVar] ?? 0)
  process.instanceEnv = Array.from({ length: process.instances }, (_, index) => ({
    [app.instanceVar]: String(index),
    ...(app.incrementVar === null || Number.isNaN(first) ? {} : { [app.incrementVar]: String(first + index) }),
  }))
  return process
}
function filtered({ filterEnv }: Pm2App, { env }: ImportWorld): string[] {
  if (filterEnv === null) return []
  if (typeof filterEnv === 'string') return filterEnv === '' ? [] : [filterEnv]
  return Object.keys(env).filter((name) => filterEnv.some((text) => name.includes(text)))
}

/** An app of a dump in the terms of an ecosystem file, without the facts of one run. */
function fromDump(saved: Record<string, unknown>): Record<string, unknown> {
  const env = isRecord(saved.env) ? saved.env : {}
  const kept = Object.entries(saved).filter(
    ([key]) =>
      !PM2_STATE.test(key) && !(key in env && !PM2_FIELDS.some(({ names }) => names.includes(key))) && key !== 'instances',
  )
  const ownEnv = Object.entries(env).filter(
    ([key]) => key !== saved.name && !/^(PM2_.*|pm_.*|unique_id|NODE_APP_INSTANCE|name|status)$/.test(key),
  )
  return {
    ...Object.fromEntries(kept),
    script: saved.pm_exec_path,
    cwd: saved.pm_cwd,
    env: Object.fromEntries(ownEnv.filter(([, value]) => typeof value !== 'object')),
  }
}

/** One app for each name of a dump, with its number of instances. What was stopped is not started, as by `pm2 resurrect`. */
function dumped(apps: readonly Record<string, unknown>[], notes: FieldNote[]): Record<string, unknown>[] {
  return [...grouped(apps)].map(([name, same]) => {
    const going = same.filter(({ status }) => status !== 'stopped').length
    const note = (became: string, why: string): void => {
      notes.push({ process: importedName(name), field: 'status', verdict: 'changed', became, why, line: null })
    }
    if (going === 0) note('autostart: false', 'it was stopped when pm2 saved it')
    else if (going < same.length)
      note(`instances: ${going}`, `${same.length - going} of ${same.length} were stopped when pm2 saved them`)
    const instances = going === 0 ? same.length : going
    return {
      ...fromDump(same[0]!),
      ...(instances > 1 ? { instances } : {}),
      ...(going === 0 ? { autostart: false } : {}),
    }
  })
}

function grouped(apps: readonly Record<string, unknown>[]): Map<string, Record<string, unknown>[]> {
  const groups = new Map<string, Record<string, unknown>[]>()
  for (const app of apps) groups.set(String(app.name), [...(groups.get(String(app.name)) ?? []), app])
  return groups
}

/** An environment that exists in no app, while they have others, is a typing error: it would start the development one. */
function refuseNoSuchEnv(
  apps: readonly Record<string, unknown>[],
  deployed: readonly string[],
  envName: string | null,
  file: string,
): void {
  const ofApps = apps.flatMap((app) => Object.keys(app).filter((key) => key.startsWith('env_')))
  const known = new Set([...ofApps.map((key) => key.slice(4)), ...deployed])
  if (envName === null || known.size === 0 || known.has(envName)) return
  throw new PtrackError('BAD_FILE', `cannot import ${file}: no app of it has env_${envName}`, {
    hint: `there is --env ${[...known].join(', --env ')}; nothing was started`,
  })
}

/** `value` is what the file exports; errors are BAD_FILE. */
export function readPm2(
  value: unknown,
  where: {
    file: string
    world: ImportWorld
    envName: string | null
    isDump: boolean
    lineOf?: (path: (string | number)[]) => number | null
  },
): ReadFile {
  const { file, world, envName } = where
  const notes: FieldNote[] = []
  const apps = appsOf(value, file, notes)
  const deploy = readDeploy(value, envName)
  notes.push(...deploy.notes)
  if (!where.isDump) refuseNoSuchEnv(apps, deploy.names, envName, file)
  const processes = (where.isDump ? dumped(apps, notes) : apps).map((app, index) => {
    const script = String(app.script ?? app.exec ?? app.cmd ?? app.command ?? '')
    if (script === '')
      throw new PtrackError('BAD_FILE', `cannot import app ${index + 1} of ${file}: it has no script`, { hint: 'give it one' })
    const suffix = app.append_env_to_name === true && envName !== null ? `-${envName}` : ''
    const written = `${String(app.name ?? basename(script.split(/\s/)[0]!, extname(script)))}${suffix}`
    const name = importedName(written)
    const state: Pm2App = {
      process: emptyProcess(name, world.cwd),
      envName,
      cwd: world.cwd,
      cpus: world.cpus,
      script,
      args: [],
      interpreter: null,
      nodeArgs: [],
      instances: null,
      mode: null,
      instanceVar: 'NODE_APP_INSTANCE',
      incrementVar: null,
      port: null,
      named: {},
      unwatched: [],
      filterEnv: null,
      logs: { out: null, err: null, both: null, merged: false, disabled: false },
      growingDelayMs: 0,
    }
    Object.assign(state.process.env, deploy.env)
    Object.assign(state.process.definition, { restart: 'always', stopSignal: 'SIGINT', stopTimeoutMs: 1600 })
    const lineOf = (key: string): number | null => where.lineOf?.(['apps', index, key]) ?? where.lineOf?.([index, key]) ?? null
    notes.push(...readFields(PM2_FIELDS, app, state, { process: name, lineOf }))
    const { watchFiles } = state.process.definition
    if (watchFiles?.length) watchFiles.push(...state.unwatched.map((glob) => `!${glob}`))
    const said = notes.find((note) => note.process === name && note.field === 'name')
    if (said && written !== name)
      Object.assign(said, { verdict: 'changed', became: `name: ${name}`, why: 'letters that names may not have' })
    if (envName !== null && !(`env_${envName}` in app) && !deploy.names.includes(envName))
      notes.push({ ...fileNote('env', 'changed', `it has no env_${envName}`), process: name })
    const process = finish(state, world, (field, why) => {
      const found = notes.find((note) => note.process === name && note.field === field)
      if (found) Object.assign(found, { verdict: 'changed', why })
    })
    placeLogs(state, world, notes)
    return process
  })
  if (where.isDump)
    notes.push(
      fileNote('dump.pm2', 'changed', 'the state of ended lives (pids, counts, times) is left out; stop pm2 before, or both run'),
    )
  return { file, processes, notes }
}
