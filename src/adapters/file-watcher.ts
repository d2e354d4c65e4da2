/** Watches files with `chokidar` and `picomatch`, loaded with the first glob. Watches only what a glob can match. */
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { FSWatcher } from 'chokidar'
import type { Picomatch } from 'picomatch'
import type { FileWatcher } from '../core/world-jobs.ts'
import { PtrackError } from '../protocol/errors.ts'
import { leavesOut } from '../protocol/globs.ts'

/** Not watched unless a glob names them: they change by the thousand, and never by hand. */
const USUALLY_IGNORED = ['node_modules', '.git', '.hg', '.svn', '__pycache__', '.venv', '.next', '.cache']

interface Watched {
  /** Absolute; all matches are at or below it. */
  base: string
  matches(path: string): boolean
  /** Directories below base that can lead to a match; null = any. */
  depth: number | null
}

export function createFileWatcher(): FileWatcher {
  return {
    async check(glob) {
      const { default: picomatch } = await import('picomatch')
      try {
        picomatch(leavesOut(glob) ? glob.slice(1) : glob, OPTIONS)
      } catch (cause) {
        if (!(cause instanceof Error)) throw cause
        throw new PtrackError('USAGE', `cannot watch '${glob}': ${cause.message}`, {
          hint: 'a glob looks like src/**/*.js',
          cause,
        })
      }
    },
    watch({ cwd, globs, ignored }, on) {
      let watcher: FSWatcher | null = null
      let closed = false
      const report = (error: unknown): void => on.error(wordsOf(error))
      begin(cwd, globs, ignored, on.change, report).then((opened) => {
        watcher = opened
        if (closed) void watcher.close()
      }, report)
      return {
        close: () => {
          closed = true
          if (watcher !== null) void watcher.close()
        },
      }
    },
  }
}

// Editors' swap files and .env are dotfiles: the first are noise, the second is matched by name.
const OPTIONS = { dot: false } as const
/** Exclusions apply in hidden directories too. */
const ALL = { dot: true } as const

function watchedOf(picomatch: Picomatch, cwd: string, glob: string, options: typeof OPTIONS | typeof ALL = OPTIONS): Watched {
  const plain = isAbsolute(glob) ? relative('/', glob) : glob.replace(/^\.\//, '')
  const { base, glob: rest } = picomatch.scan(plain)
  const root = isAbsolute(glob) ? '/' : cwd
  const from = resolve(root, base)
  const matches = picomatch(plain, options)
  return {
    base: from,
    // A directory named without a pattern means everything in it.
    matches: (path) => {
      const within = relative(root, path)
      return rest === '' ? path === from || path.startsWith(from + sep) : matches(within)
    },
    depth: rest === '' || rest.includes('**') ? null : rest.split('/').length - 1,
  }
}

async function begin(
  cwd: string,
  globs: readonly string[],
  ignored: readonly string[],
  onChange: (path: string) => void,
  onError: (error: unknown) => void,
): Promise<FSWatcher> {
  const [{ watch }, { default: picomatch }] = await Promise.all([import('chokidar'), import('picomatch')])
  const watched = globs.filter((glob) => !leavesOut(glob)).map((glob) => watchedOf(picomatch, cwd, glob))
  const leftOut = globs.filter(leavesOut).map((glob) => watchedOf(picomatch, cwd, glob.slice(1), ALL))
  const usual = USUALLY_IGNORED.filter((name) => !globs.some((glob) => !leavesOut(glob) && glob.split('/').includes(name)))
  const isIgnored = (path: string): boolean =>
    ignored.some((own) => path === own || path.startsWith(own + sep) || path.startsWith(`${own}.ptrack.`)) ||
    // Whole directories: nothing below an excluded one is visited.
    leftOut.some((each) => each.matches(path)) ||
    watched.every(
      ({ base }) =>
        path !== base &&
        relative(base, path)
          .split(sep)
          .some((part) => usual.includes(part)),
    )
  const matches = (path: string): boolean => watched.some((each) => each.matches(path))
  // All bases of a watcher share a depth: the deepest that any glob needs.
  const depth = watched.some((each) => each.depth === null) ? undefined : Math.max(...watched.map((each) => each.depth ?? 0))
  const watcher = watch([...new Set(watched.map(({ base }) => base))], {
    ignoreInitial: true,
    ignored: (path, stats) => isIgnored(path) || (stats?.isFile() === true && !matches(path)),
    ...(depth === undefined ? {} : { depth }),
  })
  const notify = (path: string): void => {
    if (matches(path) && !isIgnored(path)) onChange(relative(cwd, path).startsWith('..') ? path : relative(cwd, path))
  }
  watcher.on('add', notify).on('change', notify).on('unlink', notify).on('error', onError)
  return watcher
}

/** inotify's two limits hide behind errno names that nobody connects with it. */
function wordsOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOSPC') return 'the system allows no more watched files; raise it: sysctl fs.inotify.max_user_watches=524288'
  if (code === 'EMFILE') return 'the system allows no more watchers; raise it: sysctl fs.inotify.max_user_instances=1024'
  return error instanceof Error ? error.message : String(error)
}
