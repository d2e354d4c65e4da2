/** `start FILE`: the interpreter of a file, by its extension. */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from 'node:fs'
import { basename, delimiter, dirname, extname, join, resolve } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'

const SCRIPT = /\.(?:js|mjs|cjs|ts|mts|cts|py|sh)$/

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** What cannot be looked at, such as a directory of root in the PATH of another user, is passed over as a shell does. */
function isExecutable(path: string): boolean {
  try {
    if (!isFile(path)) return false
    accessSync(path, constants.X_OK)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).syscall !== undefined) return false
    throw error
  }
}

function hasShebang(path: string): boolean {
  const fd = openSync(path, 'r')
  try {
    const head = Buffer.alloc(2)
    return readSync(fd, head, 0, 2, 0) === 2 && head.toString('latin1') === '#!'
  } finally {
    closeSync(fd)
  }
}

/** Path of a command as a shell would find it, or null. */
export function findCommand(name: string, env: Record<string, string | undefined>, cwd: string): string | null {
  if (name.includes('/')) return isExecutable(resolve(cwd, name)) ? resolve(cwd, name) : null
  for (const directory of (env.PATH ?? '/usr/local/bin:/usr/bin:/bin').split(delimiter)) {
    const candidate = resolve(cwd, directory || '.', name)
    if (isExecutable(candidate)) return candidate
  }
  return null
}

/** A file that describes processes and cannot be run: many type `pm2 start ecosystem.config.js`. */
export function describesProcesses(name: string, cwd: string): boolean {
  const base = basename(name)
  const known = /^procfile/i.test(base) || /\.config\.[cm]?js$|\.(pm2|ya?ml|json5?|conf|ini)$/.test(base)
  return known && isFile(resolve(cwd, name))
}

/** Whether it is an existing script with a known interpreter. */
export const isScript = (name: string, cwd: string): boolean => SCRIPT.test(name) && isFile(resolve(cwd, name))

/** Node runs TypeScript by itself from 22.18 on (and from 23.6 on the odd line). */
export function runsTypeScript(version: string): boolean {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number)
  return major >= 24 || (major === 23 && minor >= 6) || (major === 22 && minor >= 18)
}

function localTsx(from: string): string | null {
  for (let directory = from; ; directory = dirname(directory)) {
    const candidate = join(directory, 'node_modules', '.bin', 'tsx')
    if (existsSync(candidate)) return candidate
    if (directory === dirname(directory)) return null
  }
}

/** The words that run a script; absolute paths, so that `--cwd` does not change which file is meant. */
export function scriptCommand(
  file: string,
  where: { cwd: string; env: Record<string, string | undefined>; nodeVersion: string; nodePath: string },
): string[] {
  const path = resolve(where.cwd, file)
  const node = findCommand('node', where.env, where.cwd) === null ? where.nodePath : 'node'
  switch (extname(path)) {
    case '.py':
      return isExecutable(path) && hasShebang(path) ? [path] : ['python3', path]
    case '.sh':
      return isExecutable(path) && hasShebang(path) ? [path] : ['sh', path]
    case '.ts':
    case '.mts':
    case '.cts': {
      if (runsTypeScript(where.nodeVersion)) return [node, path]
      const tsx = localTsx(dirname(path)) ?? findCommand('tsx', where.env, where.cwd)
      if (tsx) return [tsx, path]
      throw new PtrackError('USAGE', `cannot start ${file}: Node ${where.nodeVersion} does not run TypeScript`, {
        hint: 'install tsx (npm install --save-dev tsx), or use Node 22.18 or newer',
      })
    }
    default:
      return [node, path]
  }
}

/** A process name from its command: the base name, without a script's extension, in permitted characters. */
export function nameFromCommand(command: readonly string[], script: string | null): string {
  const base = basename(script ?? command[0] ?? '')
  const plain = (script === null ? base : base.replace(SCRIPT, ''))
    .replace(/[^A-Za-z0-9_.@:+-]/g, '-')
    .replace(/^[^A-Za-z0-9_]+/, '')
    .slice(0, 100)
  if (plain === '' || plain === 'all') return 'process'
  return /^\d+$/.test(plain) ? `p${plain}` : plain
}
