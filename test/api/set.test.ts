/** What `set` has looked at still holds when it makes the change, though it had to wait in between. */
import { expect, test } from 'vitest'
import type { Input } from '../../src/protocol/requests.ts'
import { set } from '../../src/supervisor/operations/set.ts'
import { type Managed, nameOf } from '../../src/supervisor/registry.ts'
import { supervisorKit } from '../supervisor/support/supervisor.ts'

/** Every port is drawn only when the test says so. */
function kit() {
  let draw = (): void => {}
  const drawn = new Promise<number>((resolve) => (draw = () => resolve(4711)))
  const made = supervisorKit({ prober: { freePort: () => drawn } as never })
  const changed: { name: string; earlier: string[] }[] = []
  const redefine = (managed: Managed, definition: Managed['record']['definition']): void => {
    changed.push({ name: nameOf(managed), earlier: managed.record.definition.after.map(({ name }) => name) })
    managed.record.definition = definition
  }
  const supervisor = made.supervisor({ views: { of: () => null }, orchestrator: { redefine } })
  const change = (target: string, changes: Omit<Input<'set'>['changes'], 'sockets'>) =>
    set(supervisor, { targets: [target], changes: { ports: ['auto'], ...changes } })
  return { ...made, changed, change, draw }
}
const after = (name: string) => [{ name, condition: 'started' as const }]

test('two that are told to wait for each other: one is refused', async () => {
  const { add, change, changed, draw } = kit()
  for (const name of ['hen', 'egg']) add({ name, after: [] })
  const both = Promise.all([change('hen', { after: after('egg') }), change('egg', { after: after('hen') })])
  draw()
  const [hen, egg] = (await both).flat()
  expect([hen!.ok, egg!.ok]).toEqual([true, false])
  expect(egg!.error!.message).toBe('cannot let egg wait for itself: egg -> hen -> egg')
  expect(changed.map(({ name }) => name)).toEqual(['hen'])
})

test('the second of two changes follows what the first one made, so that nobody is waited for under an old name', async () => {
  const { add, change, changed, draw } = kit()
  for (const name of ['a', 'x', 'y']) add({ name, after: [] })
  const both = Promise.all([change('a', { after: after('x') }), change('a', { after: after('y') })])
  draw()
  await both
  expect(changed).toEqual([
    { name: 'a', earlier: [] },
    { name: 'a', earlier: ['x'] },
  ])
})

test('what is deleted meanwhile is not changed', async () => {
  const { add, registry, change, changed, draw } = kit()
  const goes = add({ name: 'goes' })
  const answer = change('goes', { priority: 3 })
  registry.remove(goes)
  draw()
  expect(await answer).toMatchObject([{ ok: false, error: { code: 'NOT_FOUND' } }])
  expect((await answer)[0]!.error!.message).toContain('deleted meanwhile')
  expect([changed, goes.record.definition.priority]).toEqual([[], 0])
})
