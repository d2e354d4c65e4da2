import { expect, test } from 'vitest'
import { LastRows, merged } from '../../../src/core/fleet/rows.ts'
import { view } from '../../support/views.ts'

const row = (name: string) => view({ id: `id-${name}`, name })

test('rows of all, by node; those of a silent one are the last known, and say so', () => {
  const last = new LastRows()
  last.keep('q', { node: 'n3', rows: [row('c')] }, 5000, 100)
  const silent = [
    { name: 'n4', since: null, why: 'it is away' },
    { name: 'n3', since: '2030-01-01T00:00:00.000Z', why: 'it is away' },
  ]
  const list = merged(
    [
      { node: 'n2', rows: [row('b'), row('a')] },
      { node: 'n1', rows: [row('x')] },
    ],
    silent,
    (node) => last.of('q', node),
  )
  expect(list.rows.map(({ name, node, stale, fleet }) => [name, node, stale?.since ?? null, fleet])).toEqual([
    ['x', 'n1', null, null],
    ['b', 'n2', null, null],
    ['a', 'n2', null, null],
    ['c', 'n3', new Date(5000).toISOString(), null],
  ])
  expect(list.silent.map(({ name }) => name)).toEqual(['n3', 'n4'])
})

test('what one was answered is not shown to another, nor for another question', () => {
  const last = new LastRows()
  last.keep('admin', { node: 'n2', rows: [row('a')] }, 1, 10)
  expect(last.of('viewer', 'n2')).toBeNull()
  expect(last.of('admin', 'n2')?.rows).toHaveLength(1)
  last.forget('n2')
  expect(last.of('admin', 'n2')).toBeNull()
})

test('what is kept is bounded: questions, and the size of an answer', () => {
  const last = new LastRows()
  for (let n = 0; n < 17; n++) last.keep(`q${n}`, { node: 'n2', rows: [] }, 1, 10)
  expect(last.of('q0', 'n2')).toBeNull()
  expect(last.of('q16', 'n2')).not.toBeNull()
  last.keep('q16', { node: 'n2', rows: [row('a')] }, 2, 9 * 1024 * 1024)
  expect(last.of('q16', 'n2')).toBeNull()
})
