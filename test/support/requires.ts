/** What a test needs of the machine and a fresh one may lack: such a test is skipped, and the report says which package brings it. */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, type TestContext, type TestOptions, test } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What kept the test from running, for skip-report.ts. */
    lacks?: string
  }
}

/** The Debian package of each program that a test may run. What `.ci/run` installs. */
const PACKAGES = {
  bash: 'bash',
  curl: 'curl',
  dash: 'dash',
  fallocate: 'util-linux',
  'firefox-esr': 'firefox-esr',
  fish: 'fish',
  foreman: 'ruby-foreman',
  go: 'golang-go',
  gunicorn: 'gunicorn',
  gzip: 'gzip',
  htop: 'htop',
  jq: 'jq',
  less: 'less',
  lsof: 'lsof',
  mandoc: 'mandoc',
  mount: 'mount',
  nginx: 'nginx',
  nsenter: 'util-linux',
  pgrep: 'procps',
  postgres: 'postgresql',
  prlimit: 'util-linux',
  promtool: 'prometheus',
  ps: 'procps',
  psql: 'postgresql',
  puma: 'puma',
  python3: 'python3',
  'redis-server': 'redis-server',
  script: 'bsdutils',
  setpriv: 'util-linux',
  setsid: 'util-linux',
  sh: 'dash',
  ssh: 'openssh-client',
  'ssh-keygen': 'openssh-client',
  sshd: 'openssh-server',
  supervisord: 'supervisor',
  systemctl: 'systemd',
  'systemd-analyze': 'systemd',
  tmux: 'tmux',
  umount: 'mount',
  unshare: 'util-linux',
  uvicorn: 'uvicorn',
  vim: 'vim-tiny',
  zsh: 'zsh',
} as const

export type Tool = keyof typeof PACKAGES

/** Anything else that a machine has or has not: rights, a kernel's abilities. */
export interface Ability {
  name: string
  there: boolean
  /** True where no package and no right could bring it, so that even CI may skip. */
  optional?: boolean
}

export const asRoot: Ability = { name: 'root', there: process.getuid?.() === 0 }
export const linux: Ability = { name: 'Linux', there: process.platform === 'linux' }

/** Options of a test or a describe. */
interface Needs {
  skip: boolean
  meta: { lacks?: string }
}

/**
 * Skips unless all of it is there. With CI=true something missing is an error instead, because there a skipped test would be
 * a test that never runs anywhere.
 */
export function needs(...wanted: readonly (Tool | Ability)[]): Needs {
  const lacks = wanted.map(missing).find((name) => name !== null)
  return lacks === undefined ? { skip: false, meta: {} } : { skip: true, meta: { lacks } }
}

type TestBody = (context: TestContext) => unknown
type SuiteBody = () => unknown
interface Declare<Body> {
  (name: string, body: Body, timeoutMs?: number): void
  (name: string, options: TestOptions, body: Body): void
}

/** `test` for what needs all of these: `testNeeding('tmux', asRoot)('title', () => ...)`. */
export function testNeeding(...wanted: readonly (Tool | Ability)[]): Declare<TestBody> & Pick<typeof test, 'each'> {
  const options = needs(...wanted)
  const each = (cases: readonly unknown[]) => declaring(test.each(cases) as Declare<TestBody>, options)
  return Object.assign(declaring(test as Declare<TestBody>, options), { each }) as never
}

/** `describe` for what needs all of these. */
export const describeNeeding = (...wanted: readonly (Tool | Ability)[]): Declare<SuiteBody> =>
  declaring(describe as Declare<SuiteBody>, needs(...wanted))

function declaring<Body extends TestBody | SuiteBody>(declare: Declare<Body>, options: Needs): Declare<Body> {
  return (name: string, first: Body | TestOptions, second?: number | Body) =>
    typeof first === 'function'
      ? declare(name, second === undefined ? options : { ...options, timeout: second as number }, first)
      : declare(name, { ...options, ...first }, second as Body)
}

/** The same for a test that finds out while it runs; does not return. */
export function skipFor(context: TestContext, ability: Ability): never {
  context.task.meta.lacks = missing({ ...ability, there: false })!
  return context.skip()
}

function missing(want: Tool | Ability): string | null {
  const [name, there, optional] =
    typeof want === 'string' ? [withPackage(want), findTool(want) !== null, false] : [want.name, want.there, want.optional]
  if (there) return null
  if (process.env.CI === 'true' && !optional)
    throw new Error(`cannot test: this machine lacks ${name}, and CI must not skip; add it to .ci/run`)
  return name
}

const withPackage = (tool: Tool): string => `${tool} (apt-get install ${PACKAGES[tool]})`

/** Absolute path of a program in PATH, or null. */
export function findTool(name: string): string | null {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    if (!directory) continue
    const file = join(directory, name)
    try {
      accessSync(file, constants.X_OK)
      return file
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'EACCES' && code !== 'ENOTDIR') throw error
    }
  }
  return null
}
