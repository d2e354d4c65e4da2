/** What programs tell of their work by commands, and what a person sees of it, through the real CLI. */
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HistoryRow } from '../../src/protocol/history.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { commandPath } from '../support/command-path.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  // Programs call it by its name, as a user's scripts do.
  t.env.PATH = commandPath(t)
})
afterAll(() => t?.close())

const job = (name: string, script: string, ...options: string[]): Promise<unknown> =>
  t.here.ok(['run', '-d', '--name', name, ...options, '--', 'sh', '-c', script])
const fileThere = (name: string) => () => existsSync(join(t.dir, name))
/** Waits until a file is there. */
const awaits = (name: string): string => `until [ -e ${name} ]; do sleep 0.1; done`
const put = (name: string): void => writeFileSync(join(t.dir, name), '')
const detail = (name: string): Promise<ProcessDetail> => t.here.json<ProcessDetail>(['show', name])

/** The CLI in the background. */
function cli(...args: string[]) {
  const child = spawn(process.execPath, [cliFile, ...args], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const said = { out: '', err: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
  return { child, said, ended }
}

test('progress, steps, results and metadata told by commands inside a job', async () => {
  await job(
    'teller',
    `ptrack progress 3/12 --unit files -m third --meta model=a &&
     ptrack step load --name Load --status running &&
     ptrack step part --parent load --status failed --error "no luck" &&
     ptrack result '{"n":1,"t":"a,b"}' && printf '%s\\n' '{"n":2}' '"text"' | ptrack result - && touch told
     ${awaits('go')}`,
  )
  await t.until(fileThere('told'), 'the job has told all')
  expect(await detail('teller')).toMatchObject({
    progress: { percent: 25, current: 3, total: 12, unit: 'files', message: 'third' },
    metadata: { model: 'a' },
    results: 3,
    steps: [{ id: 'load', name: 'Load', status: 'running', steps: [{ id: 'part', status: 'failed', error: 'no luck' }] }],
  })
  expect((await t.here.ok(['ls', 'teller'])).stdout).toMatch(/progress .*\n.* 25% /)
  expect((await t.here.ok(['show', 'teller'])).stdout).toMatch(/\[#{6}-{18}\] 25% {2}3\/12 files/)
  expect((await t.here.ok(['results', 'teller', '--format', 'csv'])).stdout).toBe(
    'run,attempt,n,t,value\n1,1,1,"a,b",\n1,1,2,,\n1,1,,,text\n',
  )
  put('go')
  expect((await t.here.run(['wait', 'teller'])).code).toBe(0)
})

test('results -f: those that exist, then new ones, each once, over kill -9 of the daemon, to the end', async () => {
  await job(
    'rows',
    `for n in 1 2 3; do echo "::ptrack {\\"result\\":$n}"; done; ${awaits('more')}; for n in 4 5 6; do echo "::ptrack {\\"result\\":$n}"; done`,
  )
  const follow = cli('results', '-f', 'rows', '--format', 'json')
  await t.until(() => follow.said.out === '1\n2\n3\n', 'the first rows are told')
  await t.killDaemon()
  put('more')
  await t.here.ok(['daemon', 'start'])
  expect(await follow.ended).toBe(0)
  expect(follow.said.out).toBe('1\n2\n3\n4\n5\n6\n')
})

test('pause waits for the checkpoint of the program, and resume lets it go on', async () => {
  await job('coop', `n=0; while ptrack checkpoint; do n=$((n+1)); echo $n > count; [ -e enough ] && exit 0; done; exit 9`)
  await t.until(fileThere('count'), 'the first checkpoint is passed')
  await t.here.ok(['pause', 'coop'])
  expect(await t.ls('coop')).toMatchObject({ status: 'paused' })
  const count = (): string => readFileSync(join(t.dir, 'count'), 'utf8')
  const then = count()
  put('enough')
  expect(count()).toBe(then)
  await t.here.ok(['resume', 'coop'])
  expect((await t.here.run(['wait', 'coop'])).code).toBe(0)
  expect(Number(count())).toBe(Number(then) + 1)
})

test('over the limit a job waits with its position, in the foreground too; Ctrl-C cancels it there', async () => {
  await t.here.ok(['limits', 'set', '--type', 'one', '1'])
  await job('first', awaits('free'), '--type', 'one')
  const detached = await t.here.run(['run', '-d', '--type', 'one', '--name', 'second', '--', 'true'])
  expect(detached).toMatchObject({ code: 0, stderr: 'ptrack: second is queued, position 1\n' })
  const waiting = cli('run', '--type', 'one', '--name', 'third', '--', 'echo', 'never')
  await t.until(() => waiting.said.err.includes('third is queued, position 2'), 'it says that it is queued')
  expect((await t.here.ok(['ls', 'third'])).stdout).toContain('waiting: position 2')
  waiting.child.kill('SIGINT')
  expect(await waiting.ended).toBe(130)
  expect(waiting.said.out).toBe('')
  expect(await t.ls('third')).toMatchObject({ status: 'cancelled', run: 0 })
  put('free')
  expect((await t.here.run(['wait', 'first', 'second'])).code).toBe(0)
  expect(await t.here.json(['limits', 'set', '--type', 'one', 'none'])).toMatchObject({ types: {} })
})

test('a policy makes a job of its type retry; wait waits through it; history has every run', async () => {
  await t.here.ok(['policy', 'set', 'flaky', '--retries', '2', '--initial', '50ms', '--jitter', 'off'])
  await job('flaky', 'echo x >> tries; [ $(wc -l < tries) = 3 ]', '--type', 'flaky')
  expect((await t.here.run(['wait', 'flaky'])).code).toBe(0)
  const rows = await t.here.json<HistoryRow[]>(['history', 'flaky'])
  expect(rows.map(({ run, attempt, outcome }) => [run, attempt, outcome])).toEqual([
    [3, 3, 'done'],
    [2, 2, 'failed'],
    [1, 1, 'failed'],
  ])
  expect(await t.here.json(['stats', '--type', 'flaky'])).toMatchObject({ all: { runs: 3, done: 1, failed: 2 } })
  expect((await t.here.ok(['types'])).stdout).toMatch(/flaky +job .*2 retries/)
  expect((await t.here.run(['policy', 'get', 'none-such'])).code).toBe(4)
})

test('work that ptrack did not start: tracked by commands, told what is wanted, and ended', async () => {
  const id = (await t.here.ok(['track', 'start', 'outside', '--type', 'import', '--meta', 'a=1'])).stdout.trim()
  expect((await t.here.ok(['track', 'update', id, '40', '-m', 'half', '--result', '{"x":1}'])).stdout).toBe('go\n')
  expect(await t.ls('outside')).toMatchObject({
    id,
    kind: 'external',
    type: 'import',
    status: 'running',
    results: 1,
    progress: { percent: 40 },
  })
  await t.here.run(['cancel', 'outside', '--no-wait'])
  expect((await t.here.ok(['track', 'update', id])).stdout).toBe('cancel\n')
  await t.here.ok(['track', 'end', id, '--cancelled'])
  expect(await t.ls('outside')).toMatchObject({ status: 'cancelled' })
  expect((await t.here.ok(['results', 'outside', '--format', 'json'])).stdout).toBe('{"x":1}\n')
})

test('a job comes after another by its kind: done; hooks are run with two values given', async () => {
  await job('build', awaits('built'))
  await job('deploy', 'true', '--after', 'build', '--on', 'done,failed', 'exec:touch hooked-by-deploy')
  expect((await t.here.ok(['ls', 'deploy'])).stdout).toContain('waiting for build to be done')
  expect((await detail('deploy')).definition).toMatchObject({
    after: [{ name: 'build', condition: 'done' }],
    hooks: [{ on: ['done', 'failed'], run: 'exec:touch hooked-by-deploy' }],
  })
  put('built')
  expect((await t.here.run(['wait', 'build', 'deploy'])).code).toBe(0)
  await t.until(async () => (await t.here.ok(['hooks'])).stdout.includes('deploy#0'), 'the hook is listed')
})
