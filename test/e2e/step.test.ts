/** Steps within steps, their errors, percents and times, and what is still to come: as `show` tells them. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { ProcessDetail } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, reachesAll } from '../support/jobs.ts'

let t: TestHome
let client: Client
beforeEach(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterEach(async () => {
  client.close()
  await t.close()
})

const detail = async (name: string): Promise<ProcessDetail> => (await client.request('show', { targets: [name] }))[0]!

test('while it works and after its end', async () => {
  const gate = join(t.dir, 'gate')
  const steps = [
    { id: 'load', name: 'Load', status: 'running' },
    { id: 'a', parent: 'load', name: 'Part A', status: 'running' },
    { id: 'a', status: 'done', message: '3 files' },
    { id: 'b', parent: 'load', name: 'Part B', status: 'running' },
    { id: 'b1', parent: 'b', name: 'Fetch', status: 'running' },
    { id: 'b1', status: 'failed', error: 'no route to host' },
    { id: 'b', status: 'failed', error: 'one of its steps' },
    { id: 'load', status: 'failed' },
    { id: 'work', name: 'Work', status: 'running', percent: 25 },
    { id: 'tidy', name: 'Tidy up', status: 'pending' },
  ]
  const lines = steps.map((step) => `echo '::ptrack ${JSON.stringify({ step })}'`)
  // Steady work in small parts, so that an ETA can be told.
  const work = `for n in 1 2 3 4 5 6 7 8; do echo '::ptrack {"current":'$n',"total":16,"unit":"cases"}'; sleep 0.1; done`
  const rest = `while [ ! -e ${gate} ]; do sleep 0.1; done`
  await define(t, client, { name: 'job', command: ['sh', '-c', [...lines, work, rest, 'exit 4'].join('\n')] })
  const live = await t.until(async () => {
    const view = await detail('job')
    return view.progress?.current === 8 ? view : null
  }, 'half of it is done')
  expect(live.progress).toMatchObject({ percent: 50, current: 8, total: 16, unit: 'cases', stalled: false })
  expect(live.progress!.etaMs).toBeGreaterThan(0)
  expect(live.elapsedMs).toBeGreaterThan(0)
  expect(live.steps).toMatchObject([
    {
      name: 'Load',
      status: 'failed',
      steps: [
        { name: 'Part A', status: 'done', message: '3 files', steps: [] },
        {
          name: 'Part B',
          status: 'failed',
          error: 'one of its steps',
          steps: [{ name: 'Fetch', status: 'failed', error: 'no route to host' }],
        },
      ],
    },
    { name: 'Work', status: 'running', percent: 25, endedAt: null },
    { name: 'Tidy up', status: 'pending', startedAt: null, elapsedMs: null },
  ])
  expect(live.steps[1]!.elapsedMs).toBeGreaterThanOrEqual(0)
  const { stdout } = await t.ok(['show', 'job'])
  expect(stdout).toMatch(/50 ?%.*8.*16 cases/)
  expect(stdout).toMatch(/^ {2}x Load {2}failed/m)
  expect(stdout).toMatch(/^ {4}\+ Part A {2}done.* 3 files$/m)
  expect(stdout).toMatch(/^ {6}x Fetch {2}failed.* no route to host$/m)
  expect(stdout).toMatch(/^ {2}> Work {2}running 25 ?%/m)

  writeFileSync(gate, '')
  await reachesAll(t, client, { job: 'failed' })
  const over = await detail('job')
  expect(over.progress).toMatchObject({ percent: 50, etaMs: null })
  // A step that was never ended does not go on after its run.
  const took = over.steps[1]!.elapsedMs
  expect((await detail('job')).steps[1]!.elapsedMs).toBe(took)
  expect(took!).toBeLessThanOrEqual(over.elapsedMs!)
})

test('too deep, too many, or of a parent that is not there: refused with a reason, and nothing changes', async () => {
  const { id, runId } = await client.request('track.start', { definition: { name: 'outside' } })
  const who = { id, runId }
  const tell = (step: { id: string; parent?: string }) => client.request('step', { who, step })
  await tell({ id: 's1' })
  for (let depth = 2; depth <= 8; depth++) await tell({ id: `s${depth}`, parent: `s${depth - 1}` })
  await expect(tell({ id: 's9', parent: 's8' })).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: expect.stringMatching(/deep/),
  })
  await expect(tell({ id: 'x', parent: 'nobody' })).rejects.toMatchObject({ code: 'BAD_REQUEST' })
  for (let n = 9; n <= 1000; n++) await tell({ id: `n${n}` })
  await expect(tell({ id: 'one-more' })).rejects.toMatchObject({ code: 'BAD_REQUEST', message: expect.stringMatching(/1000/) })
  expect((await detail('outside')).steps).toHaveLength(993)
})
