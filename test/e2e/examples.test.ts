/** Every example does what it shows, through the real CLI: `show`, `results` and `history` say so. */
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { HistoryRow, ResultRow } from '../../src/protocol/history.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { runNode } from '../lib/support/script.ts'
import { root } from '../support/bundle.ts'
import { commandPath } from '../support/command-path.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { testDocument } from '../support/document.ts'
import { testNeeding } from '../support/requires.ts'

const examples = join(root, 'examples')

let t: TestHome
let env: Record<string, string>
beforeAll(async () => {
  t = await testHome()
  env = { ...t.env, PATH: commandPath(t) }
})
afterAll(() => t?.close())

const show = (name: string) => t.here.json<ProcessDetail>(['show', name])
const rowsOf = async (name: string): Promise<Record<string, unknown>[]> =>
  (await t.here.ok(['results', name, '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as ResultRow).row as Record<string, unknown>)
const historyOf = async (name: string): Promise<HistoryRow[]> => {
  const { stdout } = await t.here.ok(['history', name, '--format', 'json'])
  const lines = stdout.trim().split('\n')
  return lines.flatMap((line) => JSON.parse(line) as HistoryRow | HistoryRow[])
}

interface Use {
  file: string
  type: string
  rows: number
  steps: number
  fields: string[]
  metadata?: string[]
}
const USES: Use[] = [
  { file: 'benchmark', type: 'benchmark', rows: 24, steps: 3, fields: ['model', 'prompt', 'ms', 'tokensPerSecond'] },
  {
    file: 'tool-eval',
    type: 'tool_eval',
    rows: 15,
    steps: 15,
    fields: ['case', 'expect', 'called', 'pass'],
    metadata: ['successRate'],
  },
  {
    file: 'judge',
    type: 'judge',
    rows: 12,
    steps: 0,
    fields: ['question', 'answer', 'mark'],
    metadata: ['judge', 'candidate', 'mean'],
  },
  {
    file: 'judge-compare',
    type: 'judge_compare',
    rows: 10,
    steps: 10,
    fields: ['question', 'verdicts', 'winner'],
    metadata: ['wins'],
  },
  {
    file: 'param-tuner',
    type: 'param_tuner',
    rows: 12,
    steps: 0,
    fields: ['model', 'temperature', 'accuracy'],
    metadata: ['best'],
  },
  {
    file: 'prompt-tuner',
    type: 'prompt_tuner',
    rows: 36,
    steps: 0,
    fields: ['model', 'prompt', 'case', 'predicted', 'correct', 'ms'],
  },
  { file: 'scheduled-run', type: 'scheduled', rows: 1, steps: 0, fields: ['turn', 'accuracy', 'change'] },
]

describe('the seven uses', () => {
  test('are all there', () => {
    const files = readdirSync(join(examples, 'uses')).filter((file) => file !== 'model.mjs')
    expect(files.sort()).toEqual(USES.map(({ file }) => `${file}.mjs`).sort())
  })

  for (const { file, type, rows, steps, fields, metadata = [] } of USES) {
    test(`${file}, as a job`, async () => {
      const name = `job-${file}`
      const ran = await t.here.ok(['run', '--name', name, '--type', type, '--', 'node', join(examples, `uses/${file}.mjs`)], {
        env,
      })
      expect(ran.stderr).not.toContain('cannot')
      const detail = await show(name)
      expect(detail).toMatchObject({
        kind: 'job',
        type,
        status: 'done',
        results: rows,
        progress: { percent: 100, stalled: false },
      })
      expect(detail.steps).toHaveLength(steps)
      for (const step of detail.steps) expect(['done', 'failed']).toContain(step.status)
      expect(Object.keys(detail.metadata).sort()).toEqual([...metadata].sort())
      const found = await rowsOf(name)
      expect(found).toHaveLength(rows)
      for (const row of found) expect(Object.keys(row)).toEqual(fields)
      expect(await historyOf(name)).toMatchObject([{ name, type, outcome: 'done', results: rows, run: 1 }])
    })
  }

  test('nested steps stay nested, and failed steps keep their error', async () => {
    expect((await show('job-judge-compare')).steps[0]!.steps.map(({ name, status }) => [name, status])).toEqual([
      ['small', 'done'],
      ['large', 'done'],
    ])
    const failed = (await show('job-tool-eval')).steps.filter(({ status }) => status === 'failed')
    expect(failed.length).toBeGreaterThan(0)
    for (const { error } of failed) expect(error).toMatch(/^called \w+ instead of \w+$/)
  })

  test('by itself, outside of ptrack: it registers itself', async () => {
    const ran = await runNode([join(examples, 'uses/benchmark.mjs')], env).ended
    expect(ran).toMatchObject({ code: 0, stderr: '' })
    expect(await show('benchmark')).toMatchObject({ kind: 'external', type: 'benchmark', status: 'done', results: 24 })
    expect(await historyOf('benchmark')).toMatchObject([{ outcome: 'done', results: 24 }])
  })

  /** The prompt tuner as it is, and a model whose sixth answer waits for a file: what is done meanwhile is done in the middle. */
  function tuner(name: string): { command: string[]; goOn: () => void } {
    const dir = join(t.dir, name)
    mkdirSync(join(dir, 'node_modules'), { recursive: true })
    symlinkSync(root, join(dir, 'node_modules/ptrack'))
    copyFileSync(join(examples, 'uses/prompt-tuner.mjs'), join(dir, 'prompt-tuner.mjs'))
    writeFileSync(
      join(dir, 'model.mjs'),
      `import { existsSync } from 'node:fs'
       import * as model from ${JSON.stringify(join(examples, 'uses/model.mjs'))}
       export const { chance } = model
       let asked = 0
       export async function ask(...words) {
         asked++
         while (asked > 5 && !existsSync(${JSON.stringify(join(dir, 'go'))})) await new Promise((resolve) => setTimeout(resolve, 20))
         return model.ask(...words)
       }`,
    )
    return { command: ['--', 'node', join(dir, 'prompt-tuner.mjs')], goOn: () => writeFileSync(join(dir, 'go'), '') }
  }

  test('paused, the daemon killed, resumed: every row once', async () => {
    const { command, goOn } = tuner('paused-tuner')
    await t.here.ok(['run', '-d', '--name', 'paused-tuner', ...command], { env })
    await t.until(async () => (await t.ls('paused-tuner'))!.results === 5, 'rows come')
    await t.here.ok(['pause', '--no-wait', 'paused-tuner'])
    goOn()
    await t.until(async () => (await t.ls('paused-tuner'))!.status === 'paused', 'it is paused')
    const { results } = await show('paused-tuner')
    expect(results).toBe(6)
    await t.killDaemon()
    // Maybe killed before it had saved that: the program is at its checkpoint, and asks the next one.
    await t.until(async () => (await t.ls('paused-tuner'))!.status === 'paused', 'it is paused for the next daemon')
    expect(await show('paused-tuner')).toMatchObject({ results })
    await t.here.ok(['resume', 'paused-tuner'])
    await t.here.ok(['wait', 'paused-tuner', '--timeout', '30s'])
    const rows = await rowsOf('paused-tuner')
    expect(new Set(rows.map((row) => JSON.stringify([row.model, row.prompt, row.case]))).size).toBe(36)
    expect(rows).toHaveLength(36)
  })

  test('cancelled: what was found is kept', async () => {
    await t.here.ok(['run', '-d', '--name', 'cancelled-tuner', ...tuner('cancelled-tuner').command], { env })
    await t.until(async () => (await t.ls('cancelled-tuner'))!.results === 5, 'rows come')
    await t.here.ok(['cancel', 'cancelled-tuner'])
    expect(await show('cancelled-tuner')).toMatchObject({ status: 'cancelled', results: 5 })
    expect(await rowsOf('cancelled-tuner')).toHaveLength(5)
  })

  test('by the clock: each turn knows the one before', async () => {
    const command = ['--', 'node', join(examples, 'uses/scheduled-run.mjs')]
    await t.here.ok(['run', '-d', '--cron', '* * * * * *', '--name', 'by-clock', ...command], { env })
    await t.until(async () => (await show('by-clock')).results >= 3, 'three turns')
    await t.here.ok(['stop', 'by-clock'])
    const rows = await rowsOf('by-clock')
    expect(rows.slice(0, 3).map(({ turn }) => turn)).toEqual([1, 2, 3])
    expect(rows.slice(0, 3).map(({ change }) => typeof change)).toEqual(['object', 'number', 'number'])
  })
})

describe('other languages', () => {
  testNeeding('python3')('python over the socket, as a job and by itself', async () => {
    const file = join(examples, 'python/track.py')
    await t.here.ok(['run', '--name', 'python-job', '--', 'python3', file], { env })
    const own = await runNode(
      [
        '-e',
        `process.exitCode = require('node:child_process').spawnSync('python3', [${JSON.stringify(file)}], { stdio: 'inherit' }).status`,
      ],
      env,
    ).ended
    expect(own).toMatchObject({ code: 0, stderr: '' })
    for (const name of ['python-job', 'python-import']) {
      const detail = await show(name)
      expect(detail).toMatchObject({ status: 'done', results: 10, progress: { percent: 100, unit: 'files' } })
      expect(detail.steps).toMatchObject([{ name: 'Import the files', status: 'done' }])
      expect(await rowsOf(name)).toContainEqual({ file: 'file-10.csv', rows: 1000 })
    }
    expect(await show('python-import')).toMatchObject({ kind: 'external', type: 'import' })
  })

  testNeeding('python3')('python by lines on stdout', async () => {
    await t.here.ok(['run', '--name', 'python-lines', '--', 'python3', join(examples, 'python/lines.py')], { env })
    const detail = await show('python-lines')
    expect(detail).toMatchObject({ status: 'done', results: 5, progress: { current: 5, message: 'all parts there' } })
    expect(detail.steps).toMatchObject([{ name: 'Check', status: 'done' }])
  })

  test('shell by lines on stdout', async () => {
    await t.here.ok(['run', '--name', 'shell-lines', '--', join(examples, 'shell/lines.sh')], { env })
    expect(await show('shell-lines')).toMatchObject({ status: 'done', results: 4, progress: { current: 4, total: 4 } })
    expect((await rowsOf('shell-lines'))[3]).toEqual({ n: 4, square: 16 })
  })

  test('shell by the commands, inside a job', async () => {
    await t.here.ok(['run', '--name', 'shell-inside', '--', join(examples, 'shell/inside-a-job.sh')], { env })
    const detail = await show('shell-inside')
    expect(detail).toMatchObject({ status: 'done', results: 3, progress: { percent: 100, unit: 'folders' } })
    expect(detail.steps).toMatchObject([{ id: 'pack', name: 'Pack the folders', status: 'done' }])
  })

  test('shell by the commands, for work of its own', async () => {
    const file = join(examples, 'shell/outside.sh')
    const ran = await runNode(
      [
        '-e',
        `process.exitCode = require('node:child_process').spawnSync('sh', [${JSON.stringify(file)}], { stdio: 'inherit' }).status`,
      ],
      env,
    ).ended
    expect(ran).toMatchObject({ code: 0 })
    expect(await show('nightly-copy')).toMatchObject({ kind: 'external', type: 'copy', status: 'done', results: 3 })
  })
})

describe('examples/README.md', () =>
  testDocument('examples/README.md', { before: async ({ dir }) => symlinkSync(examples, join(dir, 'examples')) }))
