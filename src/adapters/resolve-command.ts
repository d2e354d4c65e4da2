/** Finds the program before the spawn: later, ENOENT may mean program, directory or interpreter, and a shell hides it. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { monoMs } from '../protocol/mono.ts'
import { CannotStart } from './cannot-start.ts'
import { errnoOf } from './errno.ts'
import { keepNewest } from './keep-newest.ts'

/** What execvp and the shells search without PATH. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin'
const SHEBANG_BYTES = 256

let lastCwd = { path: '', lookedMono: Number.NEGATIVE_INFINITY }
/** Programs that start together share one look at their file and directory. */
const SAME_MOMENT_MS = 20

/** Throws CannotStart (BAD_CWD) unless the directory can be entered. */
export function checkCwd(cwd: string): void {
  const nowMono = monoMs()
  if (cwd === lastCwd.path && nowMono - lastCwd.lookedMono < SAME_MOMENT_MS) return
  try {
    if (!statSync(cwd).isDirectory()) throw new CannotStart('BAD_CWD', `its directory ${cwd} is not a directory; set --cwd`)
    accessSync(cwd, constants.X_OK)
    lastCwd = { path: cwd, lookedMono: nowMono }
  } catch (error) {
    if (error instanceof CannotStart) throw error
    const why = { ENOENT: 'does not exist', ENOTDIR: 'is not a directory', EACCES: 'may not be entered' }[errnoOf(error) ?? '']
    throw new CannotStart('BAD_CWD', `its directory ${cwd} ${why ?? `cannot be used (${errnoOf(error)})`}; set --cwd`, {
      cause: error,
    })
  }
}

/** A result, valid while the file's stamp is unchanged. */
interface Found {
  file: string
  stamp: string
  /** When it was searched, and when it was last checked. */
  atMono: number
  lookedMono: number
}
const remembered = new Map<string, Found>()
const REMEMBERED = 64
/** PATH is searched again after this: a program newly placed in front of it does not change the stamp. */
const SEARCH_AGAIN_MS = 100

/** Throws CannotStart: NOT_FOUND_COMMAND, NOT_EXECUTABLE. A thousand instances of one command, and a restart, cost one stat. */
export function resolveCommand(command: string, cwd: string, path: string | undefined): string {
  const key = command.includes('/') ? `${command}\0${cwd}` : `${command}\0${cwd}\0${path}`
  const known = remembered.get(key)
  const nowMono = monoMs()
  const fresh = known !== undefined && (command.includes('/') || nowMono - known.atMono < SEARCH_AGAIN_MS)
  if (fresh && nowMono - known.lookedMono < SAME_MOMENT_MS) return known.file
  if (fresh && stampOf(known.file) === known.stamp) {
    known.lookedMono = nowMono
    return known.file
  }
  remembered.delete(key)
  const { file, script } = search(command, cwd, path)
  const stamp = stampOf(file)
  // A script depends on a second file, its interpreter: checked each time.
  if (!script && stamp !== null) keepNewest(remembered, key, { file, stamp, atMono: nowMono, lookedMono: nowMono }, REMEMBERED)
  return file
}

/** Changes with everything that decides whether it can be executed, permissions included (ctime). */
function stampOf(file: string): string | null {
  const stats = statSync(file, { throwIfNoEntry: false })
  return stats === undefined ? null : `${stats.ino}:${stats.mtimeMs}:${stats.ctimeMs}`
}

function search(command: string, cwd: string, path: string | undefined): { file: string; script: boolean } {
  if (command === '') throw new CannotStart('NOT_FOUND_COMMAND', 'its command is empty; give a program to start')
  const file = command.includes('/') ? checkNamedFile(command, cwd) : searchPath(command, cwd, path ?? DEFAULT_PATH)
  return { file, script: checkInterpreter(file, command) }
}

function checkNamedFile(command: string, cwd: string): string {
  const file = resolve(cwd, command)
  const found = look(file)
  if (found === 'missing')
    throw new CannotStart(
      'NOT_FOUND_COMMAND',
      `${command} does not exist${command.startsWith('/') ? '' : ` in ${cwd}`}; check the path`,
    )
  if (found === 'directory') throw new CannotStart('NOT_EXECUTABLE', `${command} is a directory; name the program in it`)
  if (found === 'hidden')
    throw new CannotStart('NOT_EXECUTABLE', `${command} may not be reached; check the permissions of its directories`)
  if (found === 'plain') throw new CannotStart('NOT_EXECUTABLE', `${command} is not executable; chmod +x it`)
  return file
}

function searchPath(command: string, cwd: string, path: string): string {
  let notExecutable: string | null = null
  for (const directory of path.split(':')) {
    // An empty entry means the current directory: the program's, not the daemon's.
    const file = join(resolve(cwd, directory), command)
    const found = look(file)
    if (found === 'program') return file
    if (found === 'plain') notExecutable ??= file
  }
  if (notExecutable !== null) throw new CannotStart('NOT_EXECUTABLE', `${notExecutable} is not executable; chmod +x it`)
  const advice = /\S\s+\S/.test(command)
    ? 'it is one word with a space in it: leave out the quotes, or use sh -c'
    : 'install it or give its full path'
  throw new CannotStart('NOT_FOUND_COMMAND', `${command} is not found in PATH; ${advice}`)
}

type Look = 'program' | 'plain' | 'directory' | 'hidden' | 'missing'

function look(file: string): Look {
  try {
    const stats = statSync(file)
    if (stats.isDirectory()) return 'directory'
    accessSync(file, constants.X_OK)
    return stats.isFile() ? 'program' : 'plain'
  } catch (error) {
    const errno = errnoOf(error)
    if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ENAMETOOLONG' || errno === 'ELOOP') return 'missing'
    if (errno === 'EACCES') return isThere(file) ? 'plain' : 'hidden'
    throw error
  }
}

function isThere(file: string): boolean {
  try {
    statSync(file)
    return true
  } catch (error) {
    if (errnoOf(error) === 'EACCES') return false
    throw error
  }
}

/** exec reports a script's missing interpreter as "no such file", which misleads everybody. True for a script. */
function checkInterpreter(file: string, command: string): boolean {
  const match = /^#![ \t]*([^ \t\n]+)/.exec(firstBytes(file))
  const interpreter = match?.[1]
  if (interpreter === undefined) return false
  if (interpreter.endsWith('\r'))
    throw new CannotStart(
      'NOT_EXECUTABLE',
      `the first line of ${command} ends in a carriage return; convert it to Unix line ends`,
    )
  if (!interpreter.startsWith('/')) return true
  const found = look(interpreter)
  if (found === 'missing')
    throw new CannotStart(
      'NOT_FOUND_COMMAND',
      `${command} wants the interpreter ${interpreter}, which does not exist; check its first line`,
    )
  if (found !== 'program')
    throw new CannotStart(
      'NOT_EXECUTABLE',
      `${command} wants the interpreter ${interpreter}, which is not executable; check its first line`,
    )
  return true
}

function firstBytes(file: string): string {
  let fd: number
  try {
    fd = openSync(file, 'r')
  } catch (error) {
    // Binaries may be executable but not readable; exec itself reports a script.
    if (errnoOf(error) === 'EACCES') return ''
    throw error
  }
  try {
    const bytes = Buffer.alloc(SHEBANG_BYTES)
    return bytes.toString('latin1', 0, readSync(fd, bytes, 0, SHEBANG_BYTES, 0))
  } finally {
    closeSync(fd)
  }
}
