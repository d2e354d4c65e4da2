/** What `set` has looked at still holds when it makes the change, though it had to wait in between. */
import { describe, expect, test } from 'vitest'
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
  return { ...made, given: supervisor, changed, change, draw }
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

describe('what is expected', () => {
  const call = (made: ReturnType<typeof kit>, changes: object, expected: Record<string, unknown>, targets = ['web']) =>
    set(made.given, { targets, changes, expected })

  test('as it was, the change is made; it may have been nothing, and the order of keys means nothing', async () => {
    const made = kit()
    const web = made.add({ name: 'web', metadata: { a: 1, b: { c: 2, d: 3 } } })
    expect(
      await call(made, { leftovers: 'keep' }, { leftovers: null, metadata: { b: { d: 3, c: 2 }, a: 1 }, title: null }),
    ).toMatchObject([{ ok: true }])
    expect(web.record.definition.leftovers).toBe('keep')
  })

  test('changed since, nothing is done, and the answer says what it is now', async () => {
    const made = kit()
    const web = made.add({ name: 'web', maxMemoryBytes: 2048, tags: ['edge'] })
    const [answer] = await call(made, { title: 'Mine', tags: [] }, { title: null, tags: [], maxMemoryBytes: null })
    expect(answer).toMatchObject({
      ok: false,
      error: {
        code: 'CONFLICT',
        message: 'cannot change web: it was changed meanwhile: tags, maxMemory',
        details: { now: { tags: ['edge'], maxMemoryBytes: 2048 } },
      },
    })
    expect([made.changed, web.record.definition.title]).toEqual([[], null])
  })

  test('each of several is judged by itself', async () => {
    const made = kit()
    for (const [name, priority] of [
      ['web', 1],
      ['other', 2],
    ] as const)
      made.add({ name, priority })
    const answers = await call(made, { priority: 3 }, { priority: 1 }, ['web', 'other'])
    expect(answers.map(({ name, ok }) => [name, ok])).toEqual([
      ['web', true],
      ['other', false],
    ])
  })

  test('it is looked at when the change is made: of two that began with the same, the second is refused', async () => {
    const made = kit()
    made.add({ name: 'web', priority: 0 })
    const both = Promise.all([5, 7].map((priority) => call(made, { ports: ['auto'], priority }, { priority: 0 })))
    made.draw()
    const [first, second] = (await both).flat()
    expect([first!.ok, second!.ok]).toEqual([true, false])
    expect(second!.error!.details).toEqual({ now: { priority: 5 } })
  })
})
