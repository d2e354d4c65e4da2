/** Which processes belong to a run, and which only look as if they did. */
import { describe, expect, test } from 'vitest'
import type { Identity } from '../../src/core/state.ts'
import { ancestorsOf, closure, indexTable, membersOf, numberIsStillOurs, type RunEvidence } from '../../src/core/tree.ts'
import type { Marker, ProcessRow } from '../../src/core/world.ts'
import { row } from './support/table-rows.ts'

const HOME = '/home/of/ours'
const BOOT = 'this-boot'
const DAEMON = 50
const identity = (pid: number, startTicks = pid * 10, bootId = BOOT): Identity => ({ pid, startTicks, bootId })
const mark = (runId: string, more: Partial<Marker> = {}): Marker => ({
  id: 'web',
  runNumber: 1,
  runId,
  home: HOME,
  daemon: false,
  ...more,
})
const run = (more: Partial<RunEvidence> = {}): RunEvidence => ({
  runId: 'r1',
  leader: identity(100),
  program: null,
  known: [],
  ...more,
})
const members = (rows: ProcessRow[], evidence = run(), home = HOME): number[] =>
  membersOf(indexTable(rows, home, BOOT, DAEMON), evidence)
    .map((member) => member.pid)
    .sort((a, b) => a - b)

const leader = row({ pid: 100, pgrp: 100, session: 100, marker: mark('r1') })

describe('belongs to the run', () => {
  const cases: [string, ProcessRow[], number[], RunEvidence?][] = [
    ['the leader by its identity', [row({ pid: 100 })], [100]],
    ['the program under a recorder', [row({ pid: 100 }), row({ pid: 101 })], [100, 101], run({ program: identity(101) })],
    ['a child that dropped its environment, by ancestry', [leader, row({ pid: 101, ppid: 100 })], [100, 101]],
    ['one that left session, group and parent, by its marker', [row({ pid: 300, marker: mark('r1') })], [300]],
    ['what stands below such a one', [row({ pid: 300, marker: mark('r1') }), row({ pid: 301, ppid: 300 })], [300, 301]],
    ['without marker, in the session of a leader that has gone', [row({ pid: 300, session: 100 })], [300]],
    ['without marker, in the group of a leader that has gone', [row({ pid: 300, pgrp: 100 })], [300]],
    [
      'in the session that its program made and left behind',
      [row({ pid: 300, session: 101 })],
      [300],
      run({ program: identity(101) }),
    ],
    ['one seen before, that left everything behind', [row({ pid: 300 })], [300], run({ known: [identity(300)] })],
    [
      'children of a zombie, but not the zombie',
      [row({ pid: 100, state: 'Z', marker: null }), row({ pid: 101, ppid: 100 })],
      [101],
    ],
    ['a stopped process', [row({ pid: 100, state: 'T' })], [100]],
  ]
  for (const [what, rows, expected, evidence] of cases) test(what, () => expect(members(rows, evidence)).toEqual(expected))

  test('each once, by however many ways it is found', () => {
    const child = row({ pid: 101, ppid: 100, pgrp: 100, session: 100, marker: mark('r1') })
    expect(members([leader, child], run({ known: [identity(101)] }))).toEqual([100, 101])
  })
})

describe('does not belong to the run', () => {
  const cases: [string, ProcessRow[], RunEvidence?][] = [
    ['a stranger with the number of the leader', [row({ pid: 100, startTicks: 5000 })]],
    ['what that stranger started', [row({ pid: 100, startTicks: 5000 }), row({ pid: 101, ppid: 100, startTicks: 5001 })]],
    [
      'the group of that stranger',
      [
        row({ pid: 100, startTicks: 5000, pgrp: 100, session: 100 }),
        row({ pid: 300, startTicks: 5001, pgrp: 100, session: 100 }),
      ],
    ],
    ['a group that is older than the leader', [row({ pid: 60, startTicks: 600, pgrp: 100 })]],
    ['a stranger with the number of one seen before', [row({ pid: 300, startTicks: 1 })], run({ known: [identity(300)] })],
    ['the same number and time of another boot', [row({ pid: 100 })], run({ leader: identity(100, 1000, 'earlier-boot') })],
    [
      'a group whose number was given away in another boot',
      [row({ pid: 300, pgrp: 100 })],
      run({ leader: identity(100, 1000, 'earlier-boot') }),
    ],
    ['the marker of another home', [row({ pid: 300, marker: mark('r1', { home: '/home/of/others' }) })]],
    ['the marker of another run', [row({ pid: 300, marker: mark('r2') })]],
    ['a zombie', [row({ pid: 100, state: 'Z' })]],
    ['a daemon that was started inside the tree', [row({ pid: 300, marker: mark('r1', { daemon: true }) })]],
  ]
  for (const [what, rows, evidence] of cases) test(what, () => expect(members(rows, evidence)).toEqual([]))

  test('this daemon and all that stands below it, though it was started from inside the tree', () => {
    const rows = [
      leader,
      row({ pid: DAEMON, ppid: 100, pgrp: 100, session: 100 }),
      row({ pid: 51, ppid: DAEMON }),
      row({ pid: 52, ppid: 51 }),
    ]
    expect(members(rows)).toEqual([100])
  })

  test('a daemon of any home and all that stands below it', () => {
    const other = row({ pid: 200, ppid: 100, marker: mark('', { home: '/home/of/others', daemon: true }) })
    expect(members([leader, other, row({ pid: 201, ppid: 200 })])).toEqual([100])
  })
})

test('a number is ours until another process has it', () => {
  const table = (rows: ProcessRow[]) => indexTable(rows, HOME, BOOT, DAEMON)
  expect(numberIsStillOurs(table([]), identity(100))).toBe(true)
  expect(numberIsStillOurs(table([row({ pid: 100, state: 'Z' })]), identity(100))).toBe(true)
  expect(numberIsStillOurs(table([row({ pid: 100, startTicks: 5000 })]), identity(100))).toBe(false)
  expect(numberIsStillOurs(table([]), identity(100, 1000, 'earlier-boot'))).toBe(false)
})

test('a closure ends, whatever the parents say', () => {
  const rows = [row({ pid: 200, ppid: 201 }), row({ pid: 201, ppid: 200 }), row({ pid: 202, ppid: 202 })]
  const index = indexTable(rows, HOME, BOOT, DAEMON)
  expect(
    closure(index, rows)
      .map((member) => member.pid)
      .sort(),
  ).toEqual([200, 201, 202])
})

test('ancestors reach up to the root, the process itself included, and end where the table is wrong', () => {
  const rows = [row({ pid: 1, ppid: 0 }), row({ pid: 20, ppid: 1 }), row({ pid: 30, ppid: 20 }), row({ pid: 40, ppid: 1 })]
  const index = indexTable([...rows, row({ pid: 60, ppid: 61 }), row({ pid: 61, ppid: 60 })], HOME, BOOT, DAEMON)
  expect([...ancestorsOf(index, 30)]).toEqual([30, 20, 1])
  expect([...ancestorsOf(index, 60)]).toEqual([60, 61])
  expect([...ancestorsOf(index, 4711)]).toEqual([4711])
})
