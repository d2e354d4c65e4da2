import { expect, test } from 'vitest'
import { nearest } from '../../src/protocol/suggest.ts'

const COMMANDS = [
  'ls',
  'logs',
  'start',
  'stats',
  'stop',
  'show',
  'restart',
  'reset',
  'delete',
  'up',
  'down',
  'history',
  'wait',
  'why',
]

test.each([
  ['lgs', 'logs'],
  ['stat', 'stats'],
  ['lg', 'ls'],
  ['los', 'logs'],
  ['log', 'logs'],
  ['sl', 'ls'],
  ['strt', 'start'],
  ['strat', 'start'],
  ['stats', 'stats'],
  ['stp', 'stop'],
  ['sop', 'stop'],
  ['shw', 'show'],
  ['restrat', 'restart'],
  ['delet', 'delete'],
  ['dwn', 'down'],
  ['histroy', 'history'],
  ['LOGS', 'logs'],
  ['frobnicate', null],
])('%s means %s', (word, meant) => {
  expect(nearest(word, COMMANDS)).toBe(meant)
})
