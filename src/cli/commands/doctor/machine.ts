/** doctor's checks of the machine and of files: Node, home, disk, limits, tools. */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statfsSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { formatSize } from '../../../protocol/duration.ts'
import type { Context } from '../../context.ts'
import { findCommand } from '../../input/interpreter.ts'
import { configDirectory } from '../../preferences.ts'
import { type Check, fail, ok, warn } from './check.ts'
import { clockCheck } from './clock.ts'
import { permissionChecks } from './files.ts'
import { unitChecks } from './unit.ts'

const LOW_DISK = 100 * 1024 ** 2
const NO_DISK = 10 * 1024 ** 2

function nodeCheck(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  const enough = major > 20 || (major === 20 && minor >= 19)
  return enough
    ? ok('node', `Node ${process.versions.node}`)
    : fail('node', `Node ${process.versions.node} is too old`, 'install Node 20.19 or newer')
}

function homeCheck(home: string): Check {
  if (!existsSync(home)) return futureHome(home)
  const stat = statSync(home)
  if (!stat.isDirectory()) return fail('home', `${home} is not a directory`, 'remove it or choose another with --home')
  const uid = process.getuid?.()
  if (uid !== undefined && stat.uid !== uid)
    return fail('home', `${home} belongs to user ${stat.uid}, you are ${uid}`, 'choose your own with --home, or be that user')
  if (stat.mode & 0o077)
    return warn(
      'home',
      `${home} is open to others (mode ${(stat.mode & 0o777).toString(8)}), and environments and logs hold secrets`,
      `chmod 700 ${home}`,
    )
  return cannotWrite(home) ?? ok('home', home)
}

function cannotWrite(directory: string): Check | null {
  try {
    accessSync(directory, constants.W_OK)
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    return fail('home', `${directory} cannot be written (${code})`, 'check its mode and whether the disk is read-only')
  }
}

function futureHome(home: string): Check {
  const at = existingAbove(home)
  if (!statSync(at).isDirectory())
    return fail('home', `${home} cannot be made: ${at} is not a directory`, 'choose another with --home')
  return cannotWrite(at) ?? ok('home', `${home} does not exist yet; the first start makes it`)
}

function existingAbove(path: string): string {
  let at = path
  while (!existsSync(at)) at = dirname(at)
  return at
}

function diskCheck(home: string): Check {
  const at = existingAbove(home)
  const { bavail, bsize, ffree, files } = statfsSync(at)
  const free = bavail * bsize
  if (free < NO_DISK)
    return fail('disk', `only ${formatSize(free)} free in ${at}`, 'free some space: logs and state cannot be written for long')
  if (files > 0 && ffree < 1000) return warn('disk', `only ${ffree} inodes free in ${at}`, 'remove files that are not needed')
  return free < LOW_DISK
    ? warn('disk', `only ${formatSize(free)} free in ${at}`, '`ptrack flush` empties logs')
    : ok('disk', `${formatSize(free)} free`)
}

function stateCheck(home: string): Check[] {
  if (!existsSync(home) || !statSync(home).isDirectory()) return []
  const aside = readdirSync(home).filter((name) => name.includes('.corrupt-'))
  const checks =
    aside.length > 0
      ? [
          warn(
            'set aside',
            `${aside.join(', ')} could not be read and was set aside`,
            'look whether it holds something you miss, then remove it',
          ),
        ]
      : []
  const state = join(home, 'process-state.json')
  if (isOtherKind(state))
    return [...checks, fail('state', `${state} is not a file`, `no daemon starts with it: move ${state} away`)]
  try {
    JSON.parse(readFileSync(state, 'utf8'))
    checks.push(ok('state', `${state} can be read`))
  } catch (error) {
    if (error instanceof SyntaxError)
      checks.push(fail('state', `${state} is not JSON`, 'restart the daemon: it sets it aside and takes the previous one'))
    else if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
      checks.push(fail('state', `${state} cannot be read (${(error as NodeJS.ErrnoException).code})`, 'check its mode and owner'))
  }
  return checks
}

/** A FIFO, a directory and the like: reading a FIFO would wait for its writer. */
const isOtherKind = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === false

function configCheck(context: Context): Check[] {
  const file = join(configDirectory(context.io.env), 'config.json')
  if (isOtherKind(file)) return [warn('config', `${file} is not a file and is ignored`, 'remove it')]
  try {
    JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) return [warn('config', `${file} is not JSON and is ignored`, 'correct or remove it')]
    const { code } = error as NodeJS.ErrnoException
    return code === 'ENOENT' ? [] : [warn('config', `${file} cannot be read (${code})`, 'check its mode and owner')]
  }
  return [ok('config', file)]
}

/** null where the file does not exist, as outside Linux. */
function readNumber(file: string): number | null {
  try {
    return Number(readFileSync(file, 'latin1').trim())
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}

/** The lower of the machine's limit and that of the user namespace, as in a container. */
function lowest(...files: string[]): number | null {
  const found = files.map(readNumber).filter((value) => value !== null)
  return found.length === 0 ? null : Math.min(...found)
}

function limitChecks(): Check[] {
  const checks: Check[] = []
  const watches = lowest('/proc/sys/fs/inotify/max_user_watches', '/proc/sys/user/max_inotify_watches')
  const instances = lowest('/proc/sys/fs/inotify/max_user_instances', '/proc/sys/user/max_inotify_instances')
  if (watches !== null && instances !== null) {
    const few = watches < 8192 || instances < 128
    const message = `${watches} watches, ${instances} instances`
    checks.push(
      few
        ? warn(
            'inotify',
            `${message} are few: watched files and followed logs are looked at by turns instead, which is slower`,
            'raise fs.inotify.max_user_watches and fs.inotify.max_user_instances (sysctl)',
          )
        : ok('inotify', message),
    )
  }
  if (process.platform === 'linux') {
    const [, hard] = /^Max open files\s+\S+\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    const few = hard !== undefined && hard !== 'unlimited' && Number(hard) < 4096
    checks.push(
      few
        ? warn(
            'files',
            `at most ${hard} open files: with many processes and clients the daemon runs out of them and starts no more`,
            'raise the hard limit (ulimit -Hn, LimitNOFILE= in a unit)',
          )
        : ok('files', `at most ${hard ?? 'unlimited'} open files`),
    )
  }
  return checks
}

const TOOLS: readonly (readonly [string, string])[] = [
  ['fallocate', 'logs are rotated by copy and truncate instead'],
  ['gzip', 'rotated logs stay uncompressed'],
  ['dd', 'rotation of logs needs it'],
  ['setpriv', '--user and --group need it'],
  ['systemd-notify', 'only a systemd unit needs it'],
]

function toolChecks(context: Context): Check[] {
  if (process.platform !== 'linux') return []
  const missing = TOOLS.filter(([tool]) => findCommand(tool, context.io.env, context.io.cwd) === null)
  if (missing.length === 0) return [ok('tools', TOOLS.map(([tool]) => tool).join(', '))]
  return missing.map(([tool, effect]) => warn('tools', `${tool} is not installed: ${effect}`, `install ${tool} if you need it`))
}

export async function machineChecks(context: Context): Promise<Check[]> {
  return [
    nodeCheck(),
    homeCheck(context.home),
    ...permissionChecks(context.home),
    diskCheck(context.home),
    ...stateCheck(context.home),
    ...configCheck(context),
    ...limitChecks(),
    ...toolChecks(context),
    ...unitChecks(context),
    clockCheck(),
  ]
}
