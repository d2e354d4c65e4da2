/**
 * Commands that stand in ```console blocks: what each needs around it, what the screen then shows, and the keys that end it.
 * test/support/document.ts types them, in the order of their document; test/house/docs.test.ts knows no command that is neither here
 * nor run ELSEWHERE.
 */
import { spawnSync } from 'node:child_process'
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect } from 'vitest'
import { root } from './bundle.ts'
import type { Reader } from './document.ts'
import { allPids, environOf, statOf } from './proc.ts'
import { findTool, needs, type Tool } from './requires.ts'
import { tmuxOf } from './tmux.ts'

interface Typed {
  needs?: Tool[]
  /** A command that the document's test puts into the reader's PATH; the machine's own, if any, is left alone. */
  brought?: string
  /** Brings about what the command needs; what it answers is the directory that it is typed in, instead of the reader's. */
  before?: (reader: Reader) => Promise<string | undefined>
  /** Without it the command is over when the shell asks for the next one. */
  shows?: RegExp
  /** The key that ends it, as tmux knows it. */
  ends?: string
  /** Exit code: 0 unless given. */
  code?: number
  /** What is true while the screen shows it, or once it is over. */
  claim?: (reader: Reader, screen: string) => Promise<unknown>
}

const view: Typed = { shows: / ● live /, ends: 'q' }
const without =
  (name: string): Typed['claim'] =>
  async (_, screen) =>
    expect(screen).not.toMatch(new RegExp(`│.* ${name} .*│`))
const runs = ({ home }: Reader, word: string): boolean => home.processes().some(({ command }) => command.includes(word))
const http = (reader: Reader): boolean => runs(reader, 'http.server')

/** Puts a command into the reader's PATH. */
export function bring(reader: Reader, name: string, script: string): void {
  const file = join(reader.home.dir, 'bin', name)
  writeFileSync(file, `#!/bin/sh\n${script}\n`)
  chmodSync(file, 0o755)
}

/** What git keeps of this repository; where it does not tell (an unpacked archive, another's checkout), everything but what is made. */
function cleanCopy(reader: Reader): string {
  const copy = join(reader.home.dir, 'checkout')
  const git = spawnSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  const made = ['.git', 'node_modules', 'dist', 'coverage', 'bench/results'].map((name) => join(root, name))
  if (git.status !== 0) cpSync(root, copy, { recursive: true, filter: (file) => !made.includes(file) })
  else
    for (const file of git.stdout.split('\0').filter((name) => name !== '' && existsSync(join(root, name)))) {
      mkdirSync(dirname(join(copy, file)), { recursive: true })
      cpSync(join(root, file), join(copy, file))
    }
  return copy
}

/**
 * What `npm ci` would bring, this checkout has from an `npm ci` of its own, which takes 30 s of CPU: here it checks that it could, and
 * the copy gets these.
 */
function withoutInstalling(reader: Reader, copy: string): void {
  const npm = findTool('npm')!
  const installs = `'${npm}' ci --dry-run && ln -s '${join(root, 'node_modules')}' '${copy}/node_modules'`
  bring(reader, 'npm', `[ "$1" = ci ] || exec '${npm}' "$@"\n${installs}`)
}

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
const PACKED = `ptrack-${version}.tgz`
/** Where `npm install --global` of a reader puts things. */
const globalOf = ({ home }: Reader): string => join(home.dir, 'global')

/** By the command, without the comment behind it. */
export const TYPED: Readonly<Record<string, Typed>> = {
  'npm ci && npm pack': {
    async before(reader) {
      const copy = cleanCopy(reader)
      withoutInstalling(reader, copy)
      return copy
    },
    claim: async (reader) => expect(existsSync(join(reader.home.dir, 'checkout', PACKED))).toBe(true),
  },
  [`npm install --global ./${PACKED}`]: {
    before: async (reader) => join(reader.home.dir, 'checkout'),
    claim: async (reader) =>
      expect(spawnSync(join(globalOf(reader), 'bin/ptrack'), ['--version'], { encoding: 'utf8' }).stdout).toContain(version),
  },
  'npm run demo': {
    // The checkout of the first block, whose CLI is to be built anew.
    async before(reader) {
      const copy = join(reader.home.dir, 'checkout')
      rmSync(join(copy, 'dist/ptrack.cjs'))
      return copy
    },
    shows: /^Stop it all: /,
    async claim(reader, screen) {
      expect(await reader.home.ls('web')).toMatchObject({ status: 'running', health: 'healthy' })
      expect(await reader.home.ls('crasher')).toBeDefined()
      expect(await reader.home.ls('report')).toBeDefined()
      const line = /^Stop it all: +(.*)$/m.exec(screen)![1]!
      const { code, output } = await reader.paste(`cd ${reader.home.dir}/checkout\n${line}`)
      expect(code, output).toBe(0)
      // What the page started before is the reader's own, and lives on.
      const left = reader.home.processes().filter(({ id, command }) => id !== null && !command.join(' ').includes(reader.dir))
      expect([reader.home.daemon(), left]).toEqual([null, []])
    },
  },
  'ptrack watch': view,
  'ptrack watch --sort cpu': view,
  "ptrack watch 'worker:*'": { ...view, shows: / worker ×2 +2 of 2 running /, claim: without('train') },
  'ptrack watch --type training --sort cpu': { ...view, shows: / train +.*Running /, claim: without('worker') },
  'ptrack watch | jq': { needs: ['jq'], shows: /^ {2}"type": "/, ends: 'C-c', code: 130 },
  'ptrack attach repl': { needs: ['script'], shows: /^>>>/, ends: 'C-\\' },
  'ptrack dev': { shows: /^(?:web +\| Serving HTTP|ptrack +\| db runs already)/, ends: 'C-c', code: 130 },
  'ptrack logs -f': { shows: /listening on \d+$/, ends: 'C-c' },
  'ptrack web --open': {
    before: async (reader) => {
      bring(reader, 'xdg-open', 'echo "$1" > "$PTRACK_HOME/opened"')
      return undefined
    },
    shows: /^http:\/\/127\.0\.0\.1:\d+\/#code=/,
    claim: ({ home }, screen) =>
      home.until(() => readFileSync(join(home.home, 'opened'), 'utf8') === `${/^http.*$/m.exec(screen)?.[0]}\n`, 'it is open'),
  },
  'ptrack daemon stop': { shows: /^daemon stopped/ },
  'ptrack daemon run --http 7077': {
    shows: /runs in the foreground/,
    claim: ({ home }) => home.until(() => home.daemon()?.file.http, 'it listens'),
    ends: 'C-c',
  },
  'foreman start': { needs: ['foreman'], shows: /web\.1 +\| listening on 5000$/, ends: 'C-c' },
  'supervisord -c supervisord.conf': {
    needs: ['supervisord'],
    claim: (reader) => reader.home.until(() => http(reader), 'its programs run'),
  },
  'supervisorctl shutdown': {
    needs: ['supervisord'],
    before: async (reader) => {
      const { code, output } = await reader.paste('supervisord -c supervisord.conf')
      expect(code, output).toBe(0)
      await reader.home.until(() => http(reader), 'its programs run')
      return undefined
    },
    shows: /^Shut down$/,
    claim: (reader) => reader.home.until(() => !http(reader), 'its programs have ended'),
  },
  'pm2 stop all': {
    brought: 'pm2',
    before: async (reader) => {
      const { code, output } = await reader.paste('pm2 start ecosystem.config.cjs --env production')
      expect(code, output).toBe(0)
      return undefined
    },
    shows: /worker .* stopped /,
  },
  'pm2 start ecosystem.config.cjs --env production': { brought: 'pm2', shows: /worker .* online / },
}

/** What needs a machine of its own is run by a test that has one, and takes its words from the document: `typedIn`. */
export const ELSEWHERE: Readonly<Record<string, string>> = {
  'ptrack fleet join nats://10.0.0.5:4222 --name n1': 'test/e2e/fleet.test.ts',
  'ptrack fleet create --name n1': 'test/e2e/fleet-own.test.ts',
  'ptrack fleet invite --role operator': 'test/e2e/fleet-own.test.ts',
  'ptrack fleet kick n3': 'test/e2e/fleet-own.test.ts',
  'ptrack fleet doctor': 'test/e2e/fleet-own.test.ts',
  'ptrack fleet ls': 'test/e2e/fleet.test.ts',
  'ptrack watch --fleet': 'test/e2e/fleet-watch.test.ts',
  'ptrack fleet jobs': 'test/e2e/fleet-jobs.test.ts',
  'ptrack fleet cancel build': 'test/e2e/fleet-jobs.test.ts',
  'ptrack fleet status': 'test/e2e/fleet.test.ts',
  'ptrack fleet leave': 'test/e2e/fleet.test.ts',
  'ptrack systemd install': 'test/e2e/systemd.test.ts',
  'ptrack systemd uninstall': 'test/e2e/systemd.test.ts',
}

/** This run: package.json calls by it what runs all tests. */
const THIS_RUN = 'npm test'

export const isRunElsewhere = (line: string): boolean => line in ELSEWHERE || line === THIS_RUN

/** The commands of a ```console block. */
export const typedLines = (script: string): string[] =>
  script
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/^\$ /, '').replace(/\s+# .*$/, ''))

/** A command as a document has it; fails when the document has it no more. */
export function typedIn(document: string, words: string): string {
  const lines = readFileSync(join(root, document), 'utf8').split('\n')
  expect(lines.map((line) => line.replace(/\s+# .*$/, ''))).toContain(`$ ${words}`)
  return words
}

/** Options of the test that types this line: it is skipped where this machine lacks what the command needs. */
export const typing = (line: string) => needs('tmux', ...(TYPED[line]!.needs ?? []))

/** The program that `before` of the document has to bring for this line, when it could not. */
export function notBrought(line: string, { home }: Reader): string | null {
  const { brought } = TYPED[line]!
  return brought === undefined || existsSync(join(home.dir, 'bin', brought)) ? null : brought
}

/** Types one line at a terminal of its own, sees what it shows, ends it, and leaves no terminal behind. */
export async function typeAtTerminal(line: string, reader: Reader, here: (words: string) => string): Promise<void> {
  const { before, shows, ends, code = 0, claim } = TYPED[line]!
  const { home } = reader
  const directory = (await before?.(reader)) ?? reader.dir
  const env = {
    ...home.env,
    PATH: reader.path,
    BROWSER: '',
    npm_config_prefer_offline: 'true',
    npm_config_prefix: globalOf(reader),
  }
  const tmux = tmuxOf({ ...home, env })
  /** Also what has scrolled away; long lines are whole. */
  const screen = (): string => tmux.run('capture-pane', '-J', '-p', '-S', '-', '-t', 'console').replaceAll(/ +$/gm, '')
  const asks = (): string | undefined => /^(?:\^C)?left with (\d+)>$/m.exec(screen())?.[1]
  try {
    tmux.open('console', 160, 50, 'bash --norc --noprofile')
    tmux.keys('console', ` PS1='left with $?>'; cd '${directory}'; clear`, 'Enter')
    await home.until(() => asks() === '0', 'the shell asks')
    // The line itself is cleared away: what is then on the screen, the command has printed.
    tmux.type('console', `clear; ${here(line)}`)
    await home.until(() => screen().includes(here(line)), 'it is typed')
    tmux.keys('console', 'Enter')
    const over = (): boolean => asks() !== undefined
    const said = (): boolean =>
      shows
        ? screen()
            .split('\n')
            .some((each) => shows.test(each))
        : over()
    // `npm ci` alone may take minutes where the network, or the machine, is slow.
    await home.until(() => said() || over(), `${line} shows ${shows}`, 240_000)
    expect(said(), screen()).toBe(true)
    await claim?.(reader, screen())
    if (ends) tmux.keys('console', ends)
    await home.until(over, `${line} is over, but: ${screen()}`)
    expect(Number(asks()), screen()).toBe(code)
  } finally {
    tmux.close()
    const servers = (): number[] =>
      allPids().filter((pid) => statOf(pid)?.comm.startsWith('tmux') && environOf(pid).PTRACK_HOME === home.home)
    await home.until(() => servers().length === 0, 'the terminal is closed')
  }
}
