/** Daemon and leader are killed together: what the earlier run left is ended by the next stop or delete, and by nothing before. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ActionResult } from '../../src/protocol/requests.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, type Ident, identOf, isAlive } from '../support/proc.ts'
import { childOf, instancesOf, orphanAt, reaches, said } from '../support/runs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

test('stop and delete end what earlier runs left, but not what is to be kept', async () => {
  const services: [string, string[]][] = [
    ['stopped', []],
    ['deleted', []],
    ['kept', ['--leftovers', 'keep']],
  ]
  const leaders: Ident[] = []
  const children = new Map<string, Ident>()
  for (const [name, options] of services) {
    await t.here.ok(['start', '--name', name, ...options, '--', program('double-forks.py')])
    children.set(name, await childOf(t, name))
    leaders.push(identOf((await t.ls(name))!.pid!)!)
  }
  await t.killDaemon()
  await Promise.all(leaders.map(endIdent))
  for (const [name] of services) {
    await reaches(t, name, 'running')
    await t.until(() => said(t, name).match(/ready/g)?.length === 2, `the second run of ${name} is ready`, 30_000)
  }
  const alive = (): boolean[] => [...children.values()].map(isAlive)
  expect(alive()).toEqual([true, true, true])
  expect(await orphanAt(t, children.get('stopped')!.pid)).toMatchObject({ kind: 'survivor', process: 'stopped' })

  const [stopped] = await t.json<ActionResult[]>(['stop', 'stopped'])
  const left = `ended what an earlier run left: pid ${children.get('stopped')!.pid}`
  expect(stopped).toMatchObject({ ok: true, note: left, view: { status: 'stopped' } })
  expect(alive()).toEqual([false, true, true])
  expect(instancesOf(t, stopped!.view!.id)).toEqual([])
  // Nothing is left: it says what it always says.
  expect((await t.ok(['stop', 'stopped'])).stdout).toBe('stopped: already stopped\n')

  const { id } = (await t.ls('deleted'))!
  await t.here.ok(['delete', 'deleted'])
  expect(alive()).toEqual([false, false, true])
  expect(instancesOf(t, id)).toEqual([])

  await t.ok(['stop', 'kept'])
  expect(alive()).toEqual([false, false, true])
})
