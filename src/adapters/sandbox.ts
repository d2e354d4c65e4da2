/**
 * Mounts of its own for a program: read-only paths and a private /tmp, as words in front of it. Each of them becomes the next, so
 * that the pid is the program's and nothing stands between it and its signals; the mounts vanish with its last process.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, realpathSync } from 'node:fs'
import type { Sandbox } from '../core/world.ts'
import { quoted } from '../protocol/shell-quote.ts'
import { CannotStart } from './cannot-start.ts'
import { unless } from './errno.ts'
import { isWithin, type Mount, visibleMounts } from './mounts.ts'
import { systemTool } from './system-tool.ts'

export interface SandboxPlan {
  sandbox: Sandbox
  /** Words that give up root; empty = it keeps its user. */
  asUser: readonly string[]
  /** Who it is then. */
  uid: number
  gid: number
  cwd: string
  program: string
  /** A shell that hands on each name in its environment. */
  shell: readonly string[]
  /** The daemon's, which a private /tmp must not hide. */
  home: string
  /** Directories below read-only paths that stay writable: where its preload listens. */
  writable: readonly string[]
}

const OPTIONS = '--read-only and --private-tmp'
const TRIAL_MS = 5000
const OR_FAIL = ' || exit 126; '
/** Prefixes that have been tried here. */
const tried = new Set<string>()
const TRIED_MAX = 256

/** The words. Throws CannotStart (SANDBOX, MISSING_TOOL) where it cannot be made here, and then nothing is started without it. */
export function sandboxPrefix(plan: SandboxPlan): string[] {
  const script = mountScript(plan)
  const troubles: string[] = []
  for (const prefix of waysOf(plan, script)) {
    const trouble = tryOnce(prefix)
    if (trouble === null) return prefix
    troubles.push(trouble)
  }
  throw new CannotStart('SANDBOX', `the kernel does not allow its sandbox (${troubles.join('; ')}); ${advice()}`)
}

/** As root by mounts alone; for others, and for a root without that right, in user namespaces. */
function waysOf({ asUser, uid, gid, shell }: SandboxPlan, script: string): string[][] {
  const unshare = systemTool('unshare', OPTIONS)
  const run = (then: string): string[] => [...shell, '-c', `${then}exec "$@"`, 'sh']
  const ways: string[][] = []
  if (process.geteuid?.() === 0) ways.push([unshare, '--mount', '--', ...run(script), ...asUser])
  // The second namespace takes back what the first has given: in it the mounts cannot be undone, and ids are what they were.
  if (uid !== 0) {
    const again = [unshare, '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--']
    ways.push([...asUser, unshare, '--user', '--map-root-user', '--mount', '--', ...run(script), ...again])
  }
  return ways
}

function advice(): string {
  const without = `start it without ${OPTIONS}`
  return process.geteuid?.() === 0
    ? `give the container CAP_SYS_ADMIN, or ${without}`
    : `run the daemon as root, allow user namespaces (sysctl user.max_user_namespaces, kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns), or ${without}`
}

/** Null when it works, else why not. A later failure ends the program with 126 and a line in its log. */
function tryOnce(prefix: readonly string[]): string | null {
  const key = prefix.join('\0')
  if (tried.has(key)) return null
  const [file, ...args] = [...prefix, '/bin/sh', '-c', ':']
  const { status, stderr } = spawnSync(file!, args, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C' },
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: TRIAL_MS,
  })
  if (status !== 0) return stderr.trim().split('\n')[0] || 'it does not answer'
  if (tried.size >= TRIED_MAX) tried.clear()
  tried.add(key)
  return null
}

function mountScript({ sandbox, cwd, program, home, writable }: SandboxPlan): string {
  const mount = systemTool('mount', OPTIONS)
  const mounts = visibleMounts()
  const temporary = sandbox.privateTmp ? temporaryDirectories() : []
  const paths = distinct(sandbox.readOnly.map(existing))
  for (const [what, path] of [
    ['directory', cwd],
    ['program', program],
    ...paths.map((path) => ['read-only path', path] as const),
  ] as const)
    if (temporary.some((directory) => isWithin(realOf(path) ?? path, directory)))
      throw new CannotStart('SANDBOX', `its ${what} ${path} would be hidden by --private-tmp; move it, or leave that out`)

  let script = ''
  const bind = (path: string): string => `${mount} --rbind ${quoted(path)} ${quoted(path)}${OR_FAIL}`
  const kept = writable.filter((directory) => paths.some((path) => isWithin(directory, path)))
  for (const directory of kept) script += bind(directory)
  for (const path of paths) {
    if (!mounts.some((each) => each.path === path)) script += bind(path)
    for (const each of within(path, mounts)) script += readOnly(mount, each)
  }
  for (const directory of temporary) script += emptied(mount, directory, isWithin(home, directory) ? home : null)
  return paths.some((path) => isWithin(cwd, path)) ? script + enterAgain(cwd) : script
}

/** Where it stands is still the directory below the new mount. `cd` sets and exports OLDPWD, which is not ours to change. */
const enterAgain = (cwd: string): string =>
  `set -- "\${OLDPWD-}" "\${OLDPWD+set}" "$@"; cd ${quoted(cwd)}${OR_FAIL}OLDPWD=$1; [ "$2" ] || unset OLDPWD; shift 2; `

function existing(path: string): string {
  const real = realOf(path)
  if (real === null) throw new CannotStart('SANDBOX', `its read-only path ${path} does not exist; make it, or leave it out`)
  return real
}

const realOf = (path: string): string | null => unless(['ENOENT', 'ENOTDIR', 'EACCES'], null, () => realpathSync(path))

/** Without those that lie within others. */
const distinct = (paths: readonly string[]): string[] =>
  [...new Set(paths)].filter((path, _, all) => !all.some((other) => other !== path && isWithin(path, other)))

/**
 * The mount of a path, as it is when bound to itself, and those below it: a mount is read-only by itself. /proc stays as it is, or
 * no user namespace could be made.
 */
function within(path: string, mounts: readonly Mount[]): Pick<Mount, 'path' | 'flags'>[] {
  const [above] = mounts.filter((mount) => isWithin(path, mount.path)).toSorted((a, b) => b.path.length - a.path.length)
  const below = mounts.filter((mount) => mount.path !== path && mount.type !== 'proc' && isWithin(mount.path, path))
  return [{ path, flags: above?.flags ?? [] }, ...new Map(below.map((each) => [each.path, each])).values()]
}

const readOnly = (mount: string, { path, flags }: Pick<Mount, 'path' | 'flags'>): string =>
  `${mount} -o ${['remount', 'bind', 'ro', ...flags].join(',')} none ${quoted(path)}${OR_FAIL}`

function temporaryDirectories(): string[] {
  const found = ['/tmp', '/var/tmp'].filter((path) => existsSync(path)).map((path) => realpathSync(path))
  if (found.length === 0) throw new CannotStart('SANDBOX', 'there is no /tmp that could be made private; make it')
  return distinct(found)
}

/** In memory. What it keeps is held open meanwhile, and shown again in its place. */
function emptied(mount: string, directory: string, keep: string | null): string {
  const cover = `${mount} -t tmpfs -o mode=1777,nosuid,nodev tmpfs ${quoted(directory)}${OR_FAIL}`
  if (keep === null) return cover
  const mkdir = systemTool('mkdir', OPTIONS)
  return (
    `exec 9<${quoted(keep)}${OR_FAIL}${cover}(umask 022; exec ${mkdir} -p ${quoted(keep)})${OR_FAIL}` +
    `${mount} --no-canonicalize --bind /proc/self/fd/9 ${quoted(keep)}${OR_FAIL}exec 9<&-; `
  )
}
