/** Documents rot unless something runs them: the README's tour is executed, every path and command that is named must exist. */
import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile, root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

const read = (name: string) => readFileSync(join(root, name), 'utf8')
const DOCUMENTS = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'bench/README.md',
  'docs/performance.md',
  'docs/library.md',
  'docs/commands.md',
  'docs/api.md',
  'docs/watch.md',
  'examples/README.md',
]

/** The ```sh blocks: what a reader pastes. Blocks that must not run here (npm ci) are ```console. */
const blocks = [...read('README.md').matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map((match) => match[1]!)

let home: TestHome
beforeAll(async () => {
  home = await testHome()
  mkdirSync(join(home.dir, 'bin'))
  writeFileSync(join(home.dir, 'bin/ptrack'), `#!/bin/sh\nexec "${process.execPath}" "${cliFile}" "$@"\n`)
  chmodSync(join(home.dir, 'bin/ptrack'), 0o755)
})
afterAll(() => home?.close())

function paste(script: string): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const env = { ...home.env, PATH: `${join(home.dir, 'bin')}:${dirname(process.execPath)}:${home.env.PATH ?? ''}` }
    const shell = spawn('bash', ['-e', '-o', 'pipefail', '-x', '-c', script], {
      cwd: home.dir,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let output = ''
    for (const stream of [shell.stdout, shell.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
      })
    }
    shell.once('error', reject)
    shell.once('close', (code) => resolve({ code, output }))
  })
}

/** What the tour claims at a block, checked after it has run; found by a piece of the block. */
const CLAIMS: [piece: string, claim: (output: string) => void | Promise<void>][] = [
  ['start --name web', async () => expect(await home.ls('web')).toMatchObject({ status: 'running', health: 'healthy' })],
  ['kill -9 "$(ptrack show web', async () => expect((await home.ls('web'))!.run).toBe(2)],
  ['ptrack daemon status', async () => expect(await home.ls('web')).toMatchObject({ status: 'running', adopted: true, run: 2 })],
  ['--name publish', async () => expect(await home.ls('publish')).toMatchObject({ status: 'done' })],
  [
    '::ptrack',
    async (output) => {
      expect(output).toContain('\nround,square\n1,1\n2,4\n3,9\n4,16\n5,25\n')
      expect(await home.ls('measure')).toMatchObject({ status: 'done', results: 5, progress: { percent: 100 } })
    },
  ],
  ['--name hello', (output) => expect(output).toContain('\nhello from a job\n')],
  [
    'kill-orphan',
    async (output) => {
      expect(output).toContain('sleep 600')
      expect(await home.json(['orphans'])).toEqual([])
    },
  ],
  ['scale worker 5', async () => expect((await home.json<unknown[]>(['ls', 'worker:*'])).length).toBe(5)],
  ['ptrack delete all', () => expect(home.processes()).toEqual([])],
]

test('the README has the blocks that its claims are about', () => {
  expect(CLAIMS.filter(([piece]) => !blocks.some((block) => block.includes(piece))).map(([piece]) => piece)).toEqual([])
  expect(blocks.length).toBeGreaterThanOrEqual(CLAIMS.length)
})

// In order and in one home, as a reader pastes them.
blocks.forEach((block, number) => {
  test(`the tour, block ${number + 1}: ${block.trim().split('\n')[0]}`, async () => {
    const { code, output } = await paste(block)
    expect(code, `${output}\n${home.logTail()}`).toBe(0)
    for (const [piece, claim] of CLAIMS) if (block.includes(piece)) await claim(output)
  })
})

test('every path that a document names exists', () => {
  const missing = DOCUMENTS.flatMap((document) => {
    const named = [
      ...read(document).matchAll(/`((?:src|test|bench|docs|bin|scripts|examples|\.ci)\/[\w./-]*)`|\]\((?!https?:)([\w./-]+)\)/g),
    ]
    return (
      named
        .map((match) => ({ document, path: match[1] ?? join(dirname(document), match[2]!) }))
        // Made by a run, and ignored by git.
        .filter(({ path }) => !path.startsWith('bench/results') && !existsSync(join(root, path)))
        .map(({ path }) => `${document} names ${path}, which is not there`)
    )
  })
  expect(missing).toEqual([])
})

test('every command of the README exists', async () => {
  const list = read('README.md').split('## Commands')[1]!.split('\n\n')[1]!
  const commands = list
    .split('\n')
    .flatMap((line) => line.trim().split(/\s{2,}/))
    .map((word) => word.split(' ')[0]!)
    .filter((word) => /^[a-z-]+$/.test(word))
  const help = (await home.run(['--help'])).stdout
  expect(commands.length).toBeGreaterThan(20)
  expect(
    [...new Set(commands)].filter(
      (command) =>
        !['what', 'each', 'inside', 'a', 'rules', 'work'].includes(command) && !new RegExp(`^\\s+${command}\\b`, 'm').test(help),
    ),
  ).toEqual([])
})
