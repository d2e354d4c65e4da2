/** The unit file: its path, what is there already, and how it is written and removed. */
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Undo } from './undo.ts'
import { type Scope, UNIT } from './unit-of-daemon.ts'
import { isOurs } from './unit-text.ts'

export function unitPath(scope: Scope, env: Record<string, string | undefined>): string {
  if (scope === 'system') return join('/etc/systemd/system', UNIT)
  const config = env.XDG_CONFIG_HOME?.startsWith('/') ? env.XDG_CONFIG_HOME : join(env.HOME || homedir(), '.config')
  return join(config, 'systemd', 'user', UNIT)
}

const WHY: Readonly<Record<string, [why: string, hint: string]>> = {
  EACCES: ['permission denied', 'run it as root, or use --user'],
  EPERM: ['permission denied', 'run it as root, or use --user'],
  EROFS: ['the file system is read-only', 'mount it writable for the moment'],
}

function explain(verb: string, path: string, cause: unknown): PtrackError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === undefined) throw cause
  const [why, hint] = WHY[code] ?? [code, 'check the path']
  return new PtrackError(why === 'permission denied' ? 'DENIED' : 'FAILED', `cannot ${verb} ${path}: ${why}`, {
    hint: `nothing is changed; ${hint}`,
    cause,
  })
}

/** The link that `systemctl mask` makes. */
function isMasked(path: string): boolean {
  try {
    return readlinkSync(path) === '/dev/null'
  } catch {
    return false
  }
}

/** null when there is none. Throws UNSAFE for one that is masked, or that ptrack has not written. */
export function readUnit(path: string, scope: Scope): string | null {
  if (isMasked(path))
    throw new PtrackError('UNSAFE', `cannot touch ${path}: the unit is masked`, {
      hint: `\`systemctl ${scope === 'user' ? '--user ' : ''}unmask ${UNIT}\` allows it again`,
    })
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw explain('read', path, error)
  }
  if (isOurs(text)) return text
  throw new PtrackError('UNSAFE', `cannot touch ${path}: ptrack has not written it`, { hint: 'move it away first' })
}

/** null too for one that cannot be read or is not ours. */
export function unitIfOurs(path: string): string | null {
  try {
    const text = readFileSync(path, 'utf8')
    return isOurs(text) ? text : null
  } catch {
    return null
  }
}

/** Throws what writing or removing the file would throw, before anything is done. */
export function refuseUnwritable(path: string, verb: 'write' | 'remove'): void {
  let at = dirname(path)
  while (!existsSync(at)) at = dirname(at)
  try {
    accessSync(at, constants.W_OK)
  } catch (cause) {
    throw explain(verb, path, cause)
  }
}

/** Whole or not at all. */
export function writeUnit(path: string, text: string, undo: Undo): void {
  try {
    const before = existsSync(path) ? readFileSync(path, 'utf8') : null
    const made = mkdirSync(dirname(path), { recursive: true })
    if (made !== undefined) undo(() => rmSync(made, { recursive: true, force: true }))
    undo(() => (before === null ? rmSync(path, { force: true }) : replace(path, before)))
    replace(path, text)
  } catch (cause) {
    throw explain('write', path, cause)
  }
}

function replace(path: string, text: string): void {
  // It may be a link to where somebody keeps such files.
  const target = existsSync(path) ? realpathSync(path) : path
  const next = `${target}.${process.pid}`
  try {
    writeFileSync(next, text, { mode: 0o644 })
    renameSync(next, target)
  } catch (error) {
    rmSync(next, { force: true })
    throw error
  }
}

export function removeUnit(path: string): void {
  try {
    rmSync(path)
  } catch (cause) {
    throw explain('remove', path, cause)
  }
}
