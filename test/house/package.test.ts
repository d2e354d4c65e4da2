/** The package as npm packs it: nothing missing, nothing extra, and enough for a project that has only its dependencies. */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

interface Packed {
  filename: string
  unpackedSize: number
  files: { path: string; size: number; mode: number }[]
}

let project: string
let packed: Packed
let t: TestHome
beforeAll(async () => {
  t = await testHome()
  project = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-package-')))
  const said = execFileSync('npm', ['pack', '--json', '--ignore-scripts', '--offline', '--pack-destination', project], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  packed = (JSON.parse(said) as Packed[])[0]!
  const installed = join(project, 'node_modules/ptrack')
  mkdirSync(installed, { recursive: true })
  execFileSync('tar', ['-xzf', join(project, packed.filename), '-C', installed, '--strip-components=1'])
  // As an install would: the dependencies, and what they depend on, but nothing that only the development needs.
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>
  }
  for (const [path, { dev }] of Object.entries(lock.packages)) {
    if (!/^node_modules\/(@[^/]+\/)?[^/]+$/.test(path) || dev) continue
    mkdirSync(dirname(join(project, path)), { recursive: true })
    symlinkSync(join(root, path), join(project, path))
  }
  writeFileSync(join(project, 'package.json'), '{ "name": "consumer", "private": true }\n')
}, 120_000)
afterAll(async () => {
  await t?.close()
  rmSync(project, { recursive: true, force: true })
})

function run(args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, args, { cwd: project, env: t.env, encoding: 'utf8', timeout: 60_000 })
}

test('it holds what it needs and nothing else', () => {
  const paths = packed.files.map(({ path }) => path)
  const isMade = (path: string): boolean =>
    /^dist\/ptrack\.[0-9a-f]{16}\.cache$|^dist\/web\/assets\/[\w-]+-[\w-]{8}\.(js|css)(\.gz)?$/.test(path)
  expect(paths.filter((path) => !isMade(path)).toSorted()).toEqual([
    'CHANGELOG.md',
    'README.md',
    'bin/package.json',
    'bin/ptrack.js',
    'dist/index.cjs',
    'dist/index.d.cts',
    'dist/index.d.ts',
    'dist/index.js',
    'dist/ptrack-extra.cjs',
    'dist/ptrack.cjs',
    'dist/ptrackd.cjs',
    'dist/web/favicon.svg',
    'dist/web/favicon.svg.gz',
    'dist/web/index.html',
    'dist/web/index.html.gz',
    'package.json',
    'process-state.json.example',
  ])
  // One code cache: those of earlier builds are of no use to anybody.
  expect(paths.filter((path) => path.endsWith('.cache'))).toHaveLength(1)
  expect(packed.files.find(({ path }) => path === 'bin/ptrack.js')!.mode & 0o111).toBe(0o111)
  expect(packed.unpackedSize).toBeLessThan(5e6)
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
  for (const args of [['run', '--', 'echo', 'hi'], ['show', 'packed'], ['results', 'packed'], ['ls', '--all'], ['doctor']])
    expect([args[0], run([cli, ...args])]).toMatchObject([args[0], { status: 0 }])
})

test('the quick core of the CLI carries no schemas: every command would pay for them', () => {
  const core = readFileSync(join(root, 'dist/ptrack.cjs'), 'utf8')
  expect(core).not.toContain('ZodError')
  expect(core.length).toBeLessThan(200_000)
})
