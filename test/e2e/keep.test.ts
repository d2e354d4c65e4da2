/** Sessions: what a caller started ends when the caller's process is gone, however both came to their end; `keep` lets it stay. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { DefinitionInput } from '../../src/protocol/definition.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { ask } from '../support/ask.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf, isAlive } from '../support/proc.ts'
import { childOf, loseTheMachine } from '../support/runs.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
const callers: ChildProcess[] = []
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterEach(async () => {
  for (const each of callers.splice(0)) each.kill('SIGKILL')
  await emptied(t)
})
afterAll(async () => {
  await t?.close()
})

function caller(): { pid: number; gone(): Promise<void> } {
  const child = spawn('sleep', ['3600'], { stdio: 'ignore' })
  callers.push(child)
  const over = once(child, 'exit')
  return {
    pid: child.pid!,
    gone: async () => {
      child.kill('SIGKILL')
      await over
    },
  }
}

type Wanted = Omit<DefinitionInput, 'cwd' | 'command'> & { command?: string[] }

const startFor = (pid: number, definition: Wanted, { name = 'dev-shop', lingerMs = 0 } = {}) =>
  ask(t, 'start', {
    definition: { cwd: t.dir, command: [program('waits.sh')], ...definition },
    env: { caller: { PATH: process.env.PATH! }, set: {} },
    session: { name, pid, lingerMs },
  })
const viewOf = async (name: string): Promise<ProcessView> => (await t.ls(name))!
const stopped = (name: string) => t.until(async () => (await viewOf(name)).status === 'stopped', `${name} is stopped`)

test('a caller that is killed takes along what it started, dependents first, what left its tree included, and nothing else', async () => {
  const { pid, gone } = caller()
  await t.here.ok(['start', '--name', 'before', '--', program('waits.sh')])
  await startFor(pid, { name: 'db' })
  await startFor(pid, {
    name: 'web',
    after: [{ name: 'db', condition: 'started' }],
    command: [program('leaves-a-setsid-child.py'), 'stay'],
  })
  await startFor(pid, { name: 'import', kind: 'job' })
  const escaped = await childOf(t, 'web')

  expect((await t.here.json<ProcessView[]>(['ls', '--session', 'dev-shop'])).map(({ name }) => name)).toEqual([
    'db',
    'web',
    'import',
  ])
  expect(await viewOf('web')).toMatchObject({ session: 'dev-shop' })
  expect(await viewOf('before')).toMatchObject({ session: null })
  expect((await t.run(['stop', 'session:other'])).stdout).toMatch(/nothing to stop/)

  await gone()
  await Promise.all([stopped('db'), stopped('web')])
  expect(isAlive(escaped)).toBe(false)
  expect(await viewOf('import')).toMatchObject({ status: 'cancelled', reason: 'session dev-shop ended' })
  expect(await viewOf('web')).toMatchObject({ wanted: 'down', reason: 'session dev-shop ended' })
  await t.until(
    async () => (await t.here.json<unknown[]>(['ls', '--all', '--session', 'dev-shop'])).length === 0,
    'the session is over',
  )
  const { db, web } = { db: await viewOf('db'), web: await viewOf('web') }
  expect(Date.parse(web.endedAt!)).toBeLessThanOrEqual(Date.parse(db.endedAt!))
  expect(await viewOf('before')).toMatchObject({ status: 'running', run: 1 })
})

test('what an earlier run left behind without a daemon is ended, too', async () => {
  const { pid, gone } = caller()
  await startFor(pid, { name: 'leaver', restart: 'never', command: [program('leaves-a-setsid-child.py'), 'stay'] })
  const left = await childOf(t, 'leaver')
  const parent = identOf((await viewOf('leaver')).pid!)!
  await t.killDaemon()
  await endIdent(parent)
  await t.here.ok(['daemon', 'start'])
  expect(await viewOf('leaver')).toMatchObject({ status: 'failed', session: 'dev-shop' })
  expect(isAlive(left)).toBe(true)
  await gone()
  await t.until(() => !isAlive(left), 'nothing is left of it')
  await t.until(async () => (await viewOf('leaver')).session === null, 'it belongs to no session')
})

test('kept ones stay, by name or all of a session', async () => {
  const { pid, gone } = caller()
  for (const name of ['a', 'b', 'c']) await startFor(pid, { name })
  expect((await t.run(['keep', 'a'])).stdout).toBe('a kept\n')
  expect((await t.run(['keep', 'a'])).stdout).toBe('a: already kept: no session started it\n')
  await ask(t, 'keep', { targets: ['session:nobody'] })
  await gone()
  await Promise.all([stopped('b'), stopped('c')])
  expect(await viewOf('a')).toMatchObject({ status: 'running', session: null })

  const second = caller()
  await startFor(second.pid, { name: 'd' })
  await ask(t, 'keep', { targets: ['session:dev-shop'] })
  await startFor(second.pid, { name: 'e' })
  await second.gone()
  await stopped('e')
  expect(await viewOf('d')).toMatchObject({ status: 'running', session: null })
})

test('the daemon killed with the caller: the next one ends what they left; with the whole machine nothing begins again', async () => {
  const { pid, gone } = caller()
  await startFor(pid, { name: 'web' })
  await startFor(pid, { name: 'worker', restart: 'always' })
  await t.here.ok(['start', '--name', 'before', '--', program('waits.sh')])
  await t.killDaemon()
  await gone()
  await t.here.ok(['daemon', 'start'])
  await Promise.all([stopped('web'), stopped('worker')])
  expect(await viewOf('web')).toMatchObject({ run: 1, wanted: 'down', session: null, reason: 'session dev-shop ended' })

  const second = caller()
  await ask(t, 'start', { targets: ['web'], session: { name: 'dev-again', pid: second.pid, lingerMs: 3_600_000 } })
  expect(await viewOf('web')).toMatchObject({ status: 'running', run: 2, session: 'dev-again' })
  await second.gone()
  await loseTheMachine(t)
  await t.here.ok(['daemon', 'start'])
  expect(await viewOf('web')).toMatchObject({ status: 'stopped', wanted: 'down', run: 2 })
  await t.until(async () => (await viewOf('before')).status === 'running', 'what belongs to nobody is back')
})

test('a session of which only the daemon was killed goes on', async () => {
  const { pid, gone } = caller()
  await startFor(pid, { name: 'web' })
  await t.killDaemon()
  await t.here.ok(['daemon', 'start'])
  await startFor(pid, { name: 'api' })
  expect(await viewOf('web')).toMatchObject({ status: 'running', run: 1, session: 'dev-shop', adopted: true })
  await gone()
  await Promise.all([stopped('web'), stopped('api')])
})

test('whoever starts what a gone caller left, has it from then on; what a live one has stays its own', async () => {
  const first = caller()
  const second = caller()
  await startFor(first.pid, { name: 'web' }, { lingerMs: 3_600_000 })
  await startFor(first.pid, { name: 'api' }, { lingerMs: 3_600_000 })
  await startFor(first.pid, { name: 'db' }, { lingerMs: 3_600_000 })
  const again = (name: string) => ask(t, 'start', { targets: [name], session: { name: 'second', pid: second.pid, lingerMs: 0 } })
  expect((await again('web'))[0]).toMatchObject({ ok: true, note: 'already running' })
  expect(await viewOf('web')).toMatchObject({ session: 'dev-shop' })
  await first.gone()
  await again('web')
  expect(await viewOf('web')).toMatchObject({ session: 'second', run: 1 })
  await t.here.ok(['start', 'api'])
  expect(await viewOf('api')).toMatchObject({ session: null, run: 1 })
  await t.here.ok(['restart', 'db'])
  expect(await viewOf('db')).toMatchObject({ session: null, run: 2 })
  await second.gone()
  await stopped('web')
  for (const name of ['api', 'db']) expect(await viewOf(name)).toMatchObject({ status: 'running' })
})

test('further instances belong to the session of the first', async () => {
  const { pid, gone } = caller()
  await startFor(pid, { name: 'web' })
  await t.here.ok(['scale', 'web', '2'])
  await gone()
  await Promise.all([stopped('web'), stopped('web:1')])
})

test('a session that cannot be is refused, and nothing is defined', async () => {
  const { pid, gone } = caller()
  await gone()
  await expect(startFor(pid, { name: 'web' })).rejects.toThrow(
    /cannot start for session dev-shop: the daemon does not see its process/,
  )
  await expect(startFor(process.pid, { name: 'web' }, { name: 'no good' })).rejects.toThrow(/session\.name/)
  await expect(startFor(process.pid, { name: 'web' }, { lingerMs: 1e9 })).rejects.toThrow(/session\.lingerMs/)
  await expect(startFor(process.pid, { name: 'session:x' })).rejects.toThrow(/not `session:\.\.`/)
  expect(await ask(t, 'list', { all: true })).toEqual([])
})
