/** What the page of the fleet says: its sentence, the order of its nodes, and what of its events has a line. */
import { expect, test } from 'vitest'
import type { FleetEvent, FleetNode } from '../../src/protocol/fleet.ts'
import { eventful } from '../../src/web/pages/fleet/fleet-words.ts'
import { fleetTitle, worstNodesFirst } from '../../src/words/fleet.ts'

const node = (name: string, state: FleetNode['state'] = 'here'): FleetNode => ({ name, state }) as FleetNode

test.each([
  [[node('a')], 'This is the only node'],
  [[node('a'), node('b')], 'All 2 nodes are here'],
  [[node('a'), node('b', 'away')], 'b is away'],
  [[node('a', 'away'), node('b', 'away')], 'a and b are away'],
  [['a', 'b', 'c', 'd'].map((name) => node(name, 'away')), '4 nodes are away'],
])('%#: %s', (nodes, title) => {
  expect(fleetTitle(nodes)).toBe(title)
})

test('nodes that are away come first, then by name', () => {
  const nodes = [node('b'), node('c', 'away'), node('a')]
  expect(worstNodesFirst(nodes).map(({ name }) => name)).toEqual(['c', 'a', 'b'])
})

test('the newest first: what began, ended and was asked for, and what is missing', () => {
  const event = (fleetSeq: number, type: string): FleetEvent =>
    ({ fleetSeq, node: 'a', epoch: 'e', seq: fleetSeq, type }) as FleetEvent
  const gap = { fleetSeq: 3, node: 'a', gap: 'some' }
  const all = [event(1, 'processExit'), event(2, 'progress'), gap, event(4, 'audit'), event(5, 'result')]
  expect(eventful(all).map(({ fleetSeq }) => fleetSeq)).toEqual([4, 3, 1])
  expect(eventful(Array.from({ length: 50 }, (_, n) => event(n, 'audit')))).toHaveLength(14)
})
