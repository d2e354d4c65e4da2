/** Rows of results through the CLI: of jobs that are tried again, of processes that are gone, of several. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRow } from '../../src/protocol/history.ts'
import { ask } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

const shell = (...lines: string[]): string[] => ['--', 'sh', '-c', lines.join('\n')]
const say = (row: string): string => `echo "::ptrack {\\"result\\":${row}}"`
const rowsOf = async (...args: string[]): Promise<ResultRow[]> =>
  (await t.here.ok(['results', ...args, '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultRow)

test('a job that is retried: each row has its run and attempt, over kill -9 of the daemon, and a mean can take the last', async () => {
  const go = join(t.dir, 'go')
  const rows = (numbers: string) => `for n in ${numbers}; do ${say('{\\"n\\":$n}')}; done`
  const script = shell(
    rows('1 2 3'),
    `while [ ! -e ${go} ]; do sleep 0.1; done`,
    rows('4 5'),
    'case $PTRACK_RUN in 1-*) exit 1;; esac',
  )
  await t.here.ok(['run', '-d', '--name', 'sums', '--retries', '1', '--retry-initial', '10ms', ...script])
  await t.until(async () => (await t.ls('sums'))?.results === 3, 'the first rows are known')
  // The rest of the first attempt, and its end, come while no daemon is there.
  await t.killDaemon()
  writeFileSync(go, '')
  await t.until(async () => (await t.ls('sums'))?.status === 'done', 'its second attempt is through')
  const places = (rows: ResultRow[]) => rows.map(({ run, attempt, row }) => `${run}/${attempt} ${(row as { n: number }).n}`)
  const [first, second] = [1, 2].map((attempt) => [1, 2, 3, 4, 5].map((n) => `${attempt}/${attempt} ${n}`))
  expect(places(await rowsOf('sums'))).toEqual([...first!, ...second!])
  expect(places(await rowsOf('sums', '--attempts', 'all'))).toEqual([...first!, ...second!])
  expect(places(await rowsOf('sums', '--attempts', 'last'))).toEqual(second)
  expect((await t.here.ok(['results', 'sums', '--attempts', 'last', '--format', 'csv'])).stdout).toBe(
    'run,attempt,n\n2,2,1\n2,2,2\n2,2,3\n2,2,4\n2,2,5\n',
  )
  const history = JSON.parse((await t.here.ok(['history', 'sums', '--json'])).stdout) as { run: number; attempt: number }[]
  expect(history.map(({ run, attempt }) => [run, attempt])).toEqual([
    [2, 2],
    [1, 1],
  ])

  // A turn that somebody asks for stands for itself.
  await t.here.ok(['start', 'sums'])
  await t.until(async () => (await t.ls('sums'))?.results === 15, 'its third run is through')
  expect(places(await rowsOf('sums', '--attempts', 'last')).map((place) => place.slice(0, 3))).toEqual([
    ...Array(5).fill('2/2'),
    ...Array(5).fill('3/1'),
  ])
})

test('of a process that is gone: its rows, and where they were removed, that they were', async () => {
  const told = async (...args: string[]) => {
    const { code, stdout, stderr } = await t.here.run(['results', ...args])
    return [code, stdout, stderr]
  }
  const tells = async (name: string) => {
    await t.here.ok(['run', '--name', name, ...shell(say('{\\"n\\":1}'))])
    return (await t.ls(name))!.id
  }
  const removed = (name: string) => [
    0,
    '',
    `ptrack: ${name}: its results are gone (removed by \`ptrack delete --purge\`, \`ptrack gc\` or by hand); \`ptrack history ${name}\` still has its runs\n`,
  ]
  await tells('purged')
  await t.here.ok(['delete', 'purged', '--purge'])
  expect(await told('purged')).toEqual(removed('purged'))

  const id = await tells('sums')
  // Its last run reports nothing; that the one before did is remembered all the same.
  await t.here.ok(['set', 'sums', '--', 'true'])
  await t.here.ok(['start', 'sums'])
  await t.until(
    async () => (await t.ls('sums'))?.run === 2 && (await t.ls('sums'))?.status === 'done',
    'its second run is through',
  )
  await t.here.ok(['delete', 'sums'])
  expect(await told('sums', '--format', 'csv')).toEqual([0, 'run,attempt,n\n1,1,1\n', ''])
  expect(await told('sums', '--run', '2')).toEqual([0, '', 'ptrack: no row of sums matches\n'])
  const gc = await t.here.ok(['gc', '--only', 'results'])
  expect(gc.stdout).toMatch(new RegExp(`results +sums \\(${id}\\) +1 `))
  expect(await told('sums')).toEqual(removed('sums'))

  await t.here.ok(['run', '--name', 'silent', '--', 'true'])
  expect(await told('silent')).toEqual([0, '', 'ptrack: silent has no results\n'])
  await t.here.ok(['run', '-d', '--name', 'waits', '--', 'sleep', '1000'])
  expect(await told('waits')).toEqual([0, '', 'ptrack: waits has no results yet\n'])
  expect((await t.here.run(['results', 'never'])).stderr).toContain("cannot find 'never'")
})

test('of a name that several processes have had: of the newest, or of the one with an id', async () => {
  const ids: string[] = []
  for (const n of [1, 2]) {
    await t.here.ok(['run', '--name', 'exp', ...shell(say(`{\\"n\\":${n}}`))])
    ids.push((await t.ls('exp'))!.id)
    if (n === 1) await t.here.ok(['delete', 'exp'])
  }
  const told = async (...args: string[]) => (await t.here.ok(['results', ...args, '--format', 'json'])).stdout
  expect([await told('exp'), await told('exp', '--id', ids[0]!), await told(ids[0]!)]).toEqual([
    '{"n":2}\n',
    '{"n":1}\n',
    '{"n":1}\n',
  ])
  await t.here.ok(['delete', 'exp'])
  expect([await told('exp'), await told('exp', '--id', ids[0]!)]).toEqual(['{"n":2}\n', '{"n":1}\n'])
  const wrong = await t.here.run(['results', 'other', '--id', ids[0]!])
  expect([wrong.code, wrong.stdout]).toEqual([4, ''])
  expect(wrong.stderr).toContain(`cannot find '${ids[0]}': no process named other has this id`)
})

test('of a set of instances, a glob and a tag: the rows of all, each with its process', async () => {
  await ask(t, 'start', {
    definition: {
      name: 'web',
      kind: 'job',
      cwd: t.dir,
      tags: ['x'],
      command: ['sh', '-c', say('{\\"of\\":$PTRACK_INSTANCE}')],
    },
    env: { caller: { PATH: process.env.PATH! }, set: {} },
    instances: 2,
  })
  await t.until(async () => (await t.ls('web:0'))?.results === 1 && (await t.ls('web:1'))?.results === 1, 'both have reported')
  const ids = await Promise.all(['web:0', 'web:1'].map(async (name) => (await t.ls(name))!.id))
  const rows = [0, 1].map((n) => ({ process: `web:${n}`, id: ids[n], run: 1, attempt: 1, row: { of: n } }))
  for (const target of ['web', 'w*', 'tag:x', 'all'])
    expect([target, JSON.parse((await t.here.ok(['results', target, '--json'])).stdout)]).toMatchObject([target, rows])
  const csv = 'process,run,attempt,of\nweb:0,1,1,0\nweb:1,1,1,1\n'
  expect((await t.here.ok(['results', 'web', '--format', 'csv'])).stdout).toBe(csv)
  expect(await rowsOf('web:1')).toMatchObject([{ index: 1, row: { of: 1 } }])
  expect((await t.here.run(['results', 'web', '-f'])).stderr).toContain('2 processes match it; name one of them')
  // Of a set that was deleted each instance is had by its own name, and the set's name leads there.
  await t.here.ok(['delete', 'web'])
  const gone = await t.here.run(['results', 'web'])
  expect([gone.code, gone.stdout]).toEqual([4, ''])
  expect(gone.stderr).toMatch(/cannot find 'web': .*; it was a set of instances: `ptrack results web:[01]` shows those of one/)
  expect(await rowsOf('web:1')).toMatchObject([{ index: 1, row: { of: 1 } }])
})
