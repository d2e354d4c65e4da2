import { expect, test } from 'vitest'
import { fleetLines } from '../../src/tui/fleet.ts'
import { wants } from '../../src/tui/wants.ts'
import { view } from '../support/views.ts'
import { NODES } from './support/fleet.ts'
import { type Kit, kit } from './support/model.ts'

const opened = (): Kit => {
  const made = kit({ place: 'fleet' })
  made.views(view({ id: 'web', name: 'web' }), view({ id: 'idle', name: 'idle' }))
  made.tell(NODES)
  return made
}
const keysOf = ({ model }: Kit): string[] => fleetLines(model).map(({ key }) => key)

test('the node that is away comes first, and what is wrong before what is not', () => {
  expect(keysOf(opened())).toEqual(['n3', 'n3 n3-db', 'n1', 'n1 web', 'n2', 'n2 n2-broken', 'n2 n2-api'])
})

test('it is asked for while it is shown, also where no process is, and not by the daemon that is away', () => {
  const empty = kit({ place: 'fleet' })
  empty.views()
  const asks = ({ model }: Kit): boolean => wants(model).some(({ what }) => what === 'fleet')
  expect([asks(opened()), asks(empty)]).toEqual([true, true])
  empty.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } })
  expect(asks(empty)).toBe(false)
  empty.tell({ kind: 'feed', item: { kind: 'connected', hello: {} as never } })
  empty.keys('escape')
  expect([empty.model.place, asks(empty)]).toEqual(['list', false])
})

test('a process of this node is selected in its list; nothing is connected for it', () => {
  const made = opened()
  made.keys('down', 'down', 'down', 'enter')
  expect([made.model.place, made.model.selected, made.model.node, made.effects]).toEqual(['list', 'web', null, []])
})

test('another node is shown as if the view had been opened there, with the process selected when it answers', () => {
  const made = opened()
  made.keys('end', 'enter')
  expect(made.effects).toEqual([{ do: 'visit', node: 'n2' }])
  expect(made.model).toMatchObject({ place: 'list', node: 'n2', loaded: false, selected: 'n2-api' })
  expect(made.model.views.size).toBe(0)
  made.views(view({ id: 'n2-broken', name: 'broken', status: 'failed' }), view({ id: 'n2-api', name: 'api' }))
  expect(made.model.selected).toBe('n2-api')
  made.effects.length = 0
  made.keys('F')
  expect(made.effects).toEqual([{ do: 'visit', node: null }])
  expect(made.model).toMatchObject({ place: 'fleet', node: null })
  // What was known of the nodes is shown until they answer again.
  expect(keysOf(made)).toHaveLength(7)
})

test('a node that is away is not gone to, and one that refuses is left again with its words', () => {
  const made = opened()
  made.keys('g', 'enter')
  expect([made.effects, made.model.place]).toEqual([[], 'fleet'])
  expect(made.model.notice?.text).toContain('n3 does not answer')
  made.keys('end', 'enter')
  made.tell({ kind: 'not-visited', node: 'n2', why: 'cannot speak with the daemon of n2: it is older' })
  expect(made.effects).toEqual([
    { do: 'visit', node: 'n2' },
    { do: 'visit', node: null },
  ])
  expect([made.model.node, made.model.place, made.model.notice?.text]).toEqual([
    null,
    'fleet',
    'cannot speak with the daemon of n2: it is older',
  ])
})

test('who looks for something sees the nodes that have it; Esc shows all again before it leaves', () => {
  const made = opened()
  made.keys('/', 'a', 'p', 'i', 'enter')
  expect(keysOf(made)).toEqual(['n2', 'n2 n2-api'])
  made.keys('escape')
  expect([made.model.place, keysOf(made).length]).toEqual(['fleet', 7])
  made.keys('escape')
  expect(made.model.place).toBe('list')
})

test('an answer that fails says why and keeps what was known; the selection stays on its process', () => {
  const made = opened()
  made.keys('end')
  made.tell({ ...NODES, rows: NODES.rows.filter(({ id }) => id !== 'n2-broken') })
  expect(made.model.fleet.selected).toBe('n2 n2-api')
  made.tell({ ...NODES, nodes: null, rows: [], error: 'cannot list the nodes: the bus is away' })
  expect([keysOf(made).length, made.model.fleet.error]).toEqual([6, 'cannot list the nodes: the bus is away'])
})

test('a click selects, a second one opens', () => {
  const made = opened()
  const press = { kind: 'mouse', action: 'press', row: 7, column: 5 } as const
  made.tell(press)
  expect([made.model.fleet.selected, made.effects]).toEqual(['n2 n2-broken', []])
  made.tell(press)
  expect(made.effects).toEqual([{ do: 'visit', node: 'n2' }])
})
