/** Rows of results through the CLI: of jobs that are tried again. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ResultRow } from '../../src/protocol/history.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

const shell = (...lines: string[]): string[] => ['--', 'sh', '-c', lines.join('\n')]
const say = (row: string): string => `echo "::ptrack {\\"result\\":${row}}"`
const rowsOf = async (...args: string[]): Promise<ResultRow[]> =>
  (await t.ok(['results', ...args, '--json'])).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as ResultRow)

test('a job that is retried: each row has its run and attempt, over kill -9 of the daemon, and a mean can take the last', async () => {
  const go = join(t.dir, 'go')
  const rows = (numbers: string) => `for n in ${numbers}; do ${say('{\\"n\\":$n}')}; done`
  const script = shell(
    rows('1 2 3'),
    `while [ ! -e ${go} ]; do sleep 0.05; done`,
    rows('4 5'),
    'case $PTRACK_RUN in 1-*) exit 1;; esac',
  )
  await t.ok(['run', '-d', '--name', 'sums', '--retries', '1', '--retry-initial', '10ms', ...script])
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
  expect((await t.ok(['results', 'sums', '--attempts', 'last', '--format', 'csv'])).stdout).toBe(
    'run,attempt,n\n2,2,1\n2,2,2\n2,2,3\n2,2,4\n2,2,5\n',
  )
  const history = JSON.parse((await t.ok(['history', 'sums', '--json'])).stdout) as { run: number; attempt: number }[]
  expect(history.map(({ run, attempt }) => [run, attempt])).toEqual([
    [2, 2],
    [1, 1],
  ])

  // A turn that somebody asks for stands for itself.
  await t.ok(['start', 'sums'])
  await t.until(async () => (await t.ls('sums'))?.results === 15, 'its third run is through')
  expect(places(await rowsOf('sums', '--attempts', 'last')).map((place) => place.slice(0, 3))).toEqual([
    ...Array(5).fill('2/2'),
    ...Array(5).fill('3/1'),
  ])
})

test('of a process that is gone: its rows, and where they were removed, that they were', async () => {
  const told = async (...args: string[]) => {
    const { code, stdout, stderr } = await t.run(['results', ...args])
    return [code, stdout, stderr]
  }
  const tells = async (name: string) => {
    await t.ok(['run', '--name', name, ...shell(say('{\\"n\\":1}'))])
    return (await t.ls(name))!.id
  }
  const removed = (name: string) => [0, '', `ptrack: ${name}: its results were removed (delete --purge, or gc)\n`]
  await tells('purged')
  await t.ok(['delete', 'purged', '--purge'])
  expect(await told('purged')).toEqual(removed('purged'))

  const id = await tells('sums')
  // Its last run reports nothing; that the one before did is remembered all the same.
  await t.ok(['set', 'sums', '--', 'true'])
  await t.ok(['start', 'sums'])
  await t.until(
    async () => (await t.ls('sums'))?.run === 2 && (await t.ls('sums'))?.status === 'done',
    'its second run is through',
  )
  await t.ok(['delete', 'sums'])
  expect(await told('sums', '--format', 'csv')).toEqual([0, 'run,attempt,n\n1,1,1\n', ''])
  expect(await told('sums', '--run', '2')).toEqual([0, '', 'ptrack: no row of sums matches\n'])
  const gc = await t.ok(['gc', '--only', 'results'])
  expect(gc.stdout).toMatch(new RegExp(`results +sums \\(${id}\\) +1 `))
  expect(await told('sums')).toEqual(removed('sums'))

  await t.ok(['run', '--name', 'silent', '--', 'true'])
  expect(await told('silent')).toEqual([0, '', 'ptrack: silent has no results\n'])
  await t.ok(['run', '-d', '--name', 'waits', '--', 'sleep', '1000'])
  expect(await told('waits')).toEqual([0, '', 'ptrack: waits has no results yet\n'])
  expect((await t.run(['results', 'never'])).stderr).toContain("cannot find 'never'")
})
