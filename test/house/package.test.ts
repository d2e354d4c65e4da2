/** The package as npm packs it: nothing missing, nothing extra, small, and enough by itself: an install fetches nothing. */
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { minVersion, satisfies } from 'semver'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { root } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { otherVersion } from '../support/other-version.ts'
import { testNeeding } from '../support/requires.ts'

interface Packed {
  filename: string
  size: number
  unpackedSize: number
  files: { path: string; size: number; mode: number }[]
}

let base: string
let project: string
let packed: Packed
let t: TestHome

/** npm as on a machine without a network: whatever it wanted to fetch would be an error. */
const npm = (args: string[], cwd: string): string =>
  execFileSync('npm', [...args, '--offline', '--no-audit', '--no-fund', '--cache', join(base, 'npm-cache')], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
const pack = (from: string): Packed =>
  (JSON.parse(npm(['pack', '--json', '--ignore-scripts', '--pack-destination', base], from)) as Packed[])[0]!

beforeAll(async () => {
  t = await testHome()
  base = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-package-')))
  project = join(base, 'project')
  mkdirSync(project)
  packed = pack(root)
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true }\n')
  npm(['install', join(base, packed.filename)], project)
})
afterAll(async () => {
  await t?.close()
  rmSync(base, { recursive: true, force: true })
})

function run(args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: project, env: t.env, encoding: 'utf8', timeout: 60_000 })
}

test('nothing it is made of asks for a newer Node than it does itself', () => {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { engines?: { node?: string } }>
  }
  const oldest = minVersion(packages['']!.engines!.node!)!
  const refusing = Object.entries(packages).filter(([, { engines }]) => engines?.node && !satisfies(oldest, engines.node))
  expect(refusing.map(([path, { engines }]) => `${path} wants ${engines!.node}`)).toEqual([])
})

test('it holds what it needs and nothing else', () => {
  const documents = readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`)
  const all = packed.files.map(({ path }) => path)
  expect(all).toEqual(expect.arrayContaining(documents))
  const paths = all.filter((path) => !documents.includes(path))
  const isMade = (path: string): boolean => /^dist\/web\/assets\/[\w-]+-[\w-]{8}\.(js(\.gz)?|css(\.gz)?|woff2)$/.test(path)
  expect(paths.filter((path) => !isMade(path)).toSorted()).toEqual([
    'CHANGELOG.md',
    'LICENSE',
    'README.md',
    'bin/from-cache.js',
    'bin/package.json',
    'bin/ptrack-init',
    'bin/ptrack.js',
    'dist/index.cjs',
    'dist/index.d.cts',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/ptrack-client.cjs',
    'dist/ptrack-extra.cjs',
    'dist/ptrack-files.cjs',
    'dist/ptrack-mcp.cjs',
    'dist/ptrack-preload.cjs',
    'dist/ptrack-reader.cjs',
    'dist/ptrack-sockets.cjs',
    'dist/ptrack-tui.cjs',
    'dist/ptrack.1',
    'dist/ptrack.cjs',
    'dist/ptrackd-fleet.cjs',
    'dist/ptrackd-main.cjs',
    'dist/ptrackd.cjs',
    'dist/web/favicon.svg',
    'dist/web/favicon.svg.gz',
    'dist/web/fonts.txt',
    'dist/web/index.html',
    'dist/web/index.html.gz',
    'docs/pictures/watch-large.svg',
    'package.json',
    'process-state.json.example',
    'schema/ptrack.schema.json',
    'skills/ptrack/SKILL.md',
  ])
  // A code cache is of use to one version of Node alone, and would be a tenth of the package.
  expect(paths.filter((path) => path.endsWith('.cache'))).toEqual([])
  expect(packed.files.find(({ path }) => path === 'bin/ptrack.js')!.mode & 0o111).toBe(0o111)
  expect(packed.size).toBeLessThan(1.6e6)
  // What a browser fetches to show the page, packed: charts come later.
  const page = readFileSync(join(root, 'dist/web/index.html'), 'utf8')
  const named = new Set([...page.matchAll(/assets\/[\w.-]+\.(?:js|css)/g)].map(([path]) => `dist/web/${path}`))
  const first = packed.files.filter(({ path }) => path === 'dist/web/index.html.gz' || named.has(path.replace(/\.gz$/, '')))
  expect(named.size).toBeGreaterThan(1)
  expect(first).toHaveLength(named.size + 1)
  expect(first.reduce((sum, { size }) => sum + size, 0)).toBeLessThan(60_000)
  expect(packed.unpackedSize).toBeLessThan(5e6)
  const { packages } = JSON.parse(readFileSync(join(project, 'package-lock.json'), 'utf8')) as { packages: object }
  expect(Object.keys(packages)).toEqual(['', 'node_modules/ptrack'])
})

test('nothing in it points to where it was built', () => {
  const installed = join(project, 'node_modules/ptrack')
  for (const { path } of packed.files.filter(({ path: each }) => /\.(cjs|js|cts|ts|json)$/.test(each)))
    expect(readFileSync(join(installed, path), 'utf8').includes(root), path).toBe(false)
})

test('import, require and the CLI work from it', async () => {
  const cli = join(project, 'node_modules/ptrack/bin/ptrack.js')
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  expect(run([cli, '--version'])).toMatchObject({ status: 0, stdout: expect.stringContaining(version) })
  writeFileSync(
    join(project, 'esm.mjs'),
    `import { connect, track } from 'ptrack'
     const index = await track('packed', (task) => task.result({ from: 'esm' }))
     const ptrack = await connect()
     console.log(index, (await ptrack.show('packed'))[0].status)
     ptrack.close()\n`,
  )
  writeFileSync(
    join(project, 'cjs.cjs'),
    `const { connect } = require('ptrack')
     connect().then(async (ptrack) => { console.log((await ptrack.list({ all: true })).map(({ name }) => name)); ptrack.close() })\n`,
  )
  // The daemon that starts here is the package's own.
  expect(run(['esm.mjs'])).toMatchObject({ status: 0, stdout: '1 done\n', stderr: '' })
  expect(t.daemons()).toHaveLength(1)
  expect(readFileSync(`/proc/${t.daemon()!.pid}/cmdline`, 'utf8')).toContain(project)
  expect(run(['cjs.cjs'])).toMatchObject({ status: 0, stdout: "[ 'packed' ]\n", stderr: '' })
  // Commands that load what the core leaves out.
  for (const args of [
    ['run', '--', 'echo', 'hi'],
    ['show', 'packed'],
    ['results', 'packed'],
    ['ls', '--all'],
    ['doctor'],
    ['completion', 'bash'],
  ])
    expect([args[0], run([cli, ...args])]).toMatchObject([args[0], { status: 0 }])
})

test('installed globally into an empty prefix it works, brings its manual, and an upgrade takes over what runs', async () => {
  const prefix = join(base, 'prefix')
  const cli = join(prefix, 'bin/ptrack')
  const home = await testHome()
  try {
    npm(['install', '--global', '--prefix', prefix, join(base, packed.filename)], base)
    const ptrack = (...args: string[]) => spawnSync(cli, args, { cwd: base, env: home.env, encoding: 'utf8', timeout: 60_000 })
    expect(ptrack('run', '--', 'echo', 'hi')).toMatchObject({ status: 0, stdout: 'hi\n', stderr: '' })
    expect(ptrack('start', '--name', 'stays', '--', program('waits.sh'))).toMatchObject({ status: 0 })
    expect(ptrack('ls').stdout).toContain('stays')
    expect(existsSync(join(prefix, 'share/man/man1/ptrack.1'))).toBe(true)
    const view = (): ProcessView => (JSON.parse(ptrack('ls', 'stays', '--json').stdout) as ProcessView[])[0]!
    const before = view()

    otherVersion(join(base, 'next'), '0.9.9')
    npm(['install', '--global', '--prefix', prefix, join(base, pack(join(base, 'next')).filename)], base)
    expect(ptrack('--version').stdout).toBe('0.9.9\n')
    expect(ptrack('ls').stderr).toContain('`ptrack daemon restart` brings it up to date')
    expect(ptrack('daemon', 'restart')).toMatchObject({ status: 0 })
    expect(ptrack('ls')).toMatchObject({ status: 0, stderr: '' })
    expect(view()).toMatchObject({ pid: before.pid, run: before.run, adopted: true, status: 'running' })
  } finally {
    await home.close()
  }
})

const manual = join(root, 'dist/ptrack.1')
test('the manual page names every command, and the day it is of', () => {
  const page = readFileSync(manual, 'utf8')
  expect(page).toMatch(/^\.TH PTRACK 1 \d{4}-\d{2}-\d{2} "ptrack /)
  for (const word of ['start', 'daemon restart', 'kill\\-orphan', 'systemd install', 'completion'])
    expect(page).toContain(`\\fB${word} `)
})

testNeeding('mandoc')('the manual page is one that mandoc finds no fault with', () => {
  // Warnings and worse: long lines in its source are no fault.
  const { stdout } = spawnSync('mandoc', ['-T', 'lint', '-W', 'warning', manual], { encoding: 'utf8' })
  expect(stdout).toBe('')
})

test('the quick core of the CLI carries no schemas: every command would pay for them', () => {
  const core = readFileSync(join(root, 'dist/ptrack.cjs'), 'utf8')
  expect(core).not.toContain('ZodError')
  expect(core.length).toBeLessThan(200_000)
})
