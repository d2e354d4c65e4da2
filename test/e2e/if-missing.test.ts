/** start --if-missing: what is there is the answer, unless it is defined otherwise. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ErrorBody } from '../../src/protocol/errors.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const SLEEPS = ['--', 'sh', '-c', 'exec sleep 1000']
const start = (...args: string[]): Promise<ActionResult[]> => t.here.json(['start', '--if-missing', ...args])

test('the same definition again: one process, and the same answer', async () => {
  const [first] = await t.json<ActionResult[]>(['start', '--if-missing', '--wait', '--name', 'web', '--env', 'A=1', ...SLEEPS])
  const [second] = await start('--name', 'web', '--env', 'A=1', ...SLEEPS)
  expect(second).toMatchObject({ ok: true, note: 'already running', view: { pid: first!.view!.pid, run: 1, status: 'running' } })
  // Its caller's other variables are no part of what was asked for.
  const [third] = await t.here.json<ActionResult[]>(['start', '--if-missing', '--name', 'web', '--env', 'A=1', ...SLEEPS], {
    env: { UNLIKE: 'before' },
  })
  expect(third).toMatchObject({ ok: true, view: { pid: first!.view!.pid } })

  await t.here.ok(['stop', 'web'])
  expect((await start('--name', 'web', '--env', 'A=1', ...SLEEPS))[0]).toMatchObject({ ok: true, note: null, view: { run: 2 } })
})

test('another definition is refused with what differs, and nothing is changed', async () => {
  await start('--name', 'other', '--env', 'TOKEN=secret', '--meta', 'password=hidden', ...SLEEPS)
  const before = (await t.ls('other'))!
  const args = ['--name', 'other', '--env', 'TOKEN=changed', '--stop-timeout', '3s', '--restart', 'never', '--', 'sleep', '7']
  const { error } = await t.here.json<{ error: ErrorBody }>(['start', '--if-missing', ...args])
  expect(error).toMatchObject({ code: 'DUPLICATE_NAME' })
  expect(error.message).toBe(
    'cannot start other: it is there with another definition (metadata; ' +
      'command: ["sh","-c","exec sleep 1000"] -> ["sleep","7"]; restart: always -> never; stopTimeout: 10s -> 3s; env.TOKEN: set -> another value)',
  )
  expect(error.hint).toContain('nothing was changed')
  expect(JSON.stringify(error)).not.toMatch(/secret|changed"|hidden/)
  expect(await t.ls('other')).toMatchObject({ pid: before.pid, command: before.command })

  const set = await t.here.json<{ error: ErrorBody }>(['start', '--if-missing', '--instances', '2', '--name', 'other', ...SLEEPS])
  expect(set.error.message).toContain('instances: 1 -> 2')
})

test('of two at the same time, one starts it and both get it', async () => {
  const args = ['--name', 'raced', '--port', 'auto', '--health', 'none', '--instances', '2', '--no-wait', ...SLEEPS]
  const answers = await Promise.all([start(...args), start(...args), start(...args)])
  const ids = answers.map((results) => results.map(({ view }) => view!.id).sort())
  expect(ids[0]).toHaveLength(2)
  expect(ids).toEqual([ids[0], ids[0], ids[0]])
  // Ports that were drawn are those that it has.
  expect((await start(...args)).every(({ ok }) => ok)).toBe(true)
  expect(
    (await start('--name', 'raced', '--instances', '3', '--port', 'auto', '--health', 'none', ...SLEEPS)) as unknown,
  ).toMatchObject({
    error: { message: expect.stringContaining('(instances: 2 -> 3)') },
  })
})

test('what a file has brought counts as what it is', async () => {
  await t.request('start', {
    definition: {
      name: 'filed',
      command: ['sh', '-c', 'exec sleep 1000'],
      cwd: t.dir,
      metadata: { ptrackYaml: { file: '/some/ptrack.yaml', cleanEnv: false } },
    },
  })
  expect((await start('--name', 'filed', ...SLEEPS))[0]).toMatchObject({ ok: true, note: 'already running' })
})
