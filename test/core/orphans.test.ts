/** The one classification that listing and killing share. */
import { describe, expect, test } from 'vitest'
import { findOrphans, type Orphan, type OrphanContext } from '../../src/core/orphans.ts'
import type { Identity } from '../../src/core/state.ts'
import { indexTable } from '../../src/core/tree.ts'
import type { Marker, ProcessRow } from '../../src/core/world.ts'
import { row } from './support/table-rows.ts'

const HOME = '/home/of/ours'
const BOOT = 'this-boot'
const DAEMON = 50
const identity = (pid: number): Identity => ({ pid, startTicks: pid * 10, bootId: BOOT })
const mark = (id: string, runId: string, more: Partial<Marker> = {}): Marker => ({
  id,
  runNumber: 1,
  runId,
  home: HOME,
  daemon: false,
  ...more,
})

/**
 * `web`: run r1 ended at 5000 ms, r2 lives with leader 200, declares port 80. `db`: its only run r3 ended while no daemon
 * watched. A tick is a millisecond here.
 */
const processes: OrphanContext['processes'] = [
  {
    id: 'w',
    name: 'web',
    live: [{ runId: 'r2', leader: identity(200), program: null, known: [] }],
    past: [{ ref: { number: 1, id: 'r1' }, leader: identity(100), program: identity(105), endedAtMs: 5000, outage: false }],
    ports: [80],
  },
  {
    id: 'd',
    name: 'db',
    live: [],
    past: [{ ref: { number: 1, id: 'r3' }, leader: identity(110), program: null, endedAtMs: 5000, outage: true }],
    ports: [5432],
  },
]
const live = row({ pid: 200, marker: mark('w', 'r2', { runNumber: 2 }) })

/** Whoever listens, as [pid, port]. */
function find(rows: ProcessRow[], sockets: [number, number][] = []): Orphan[] {
  return findOrphans(indexTable([row({ pid: DAEMON }), live, ...rows], HOME, BOOT, DAEMON), {
    home: HOME,
    daemonPid: DAEMON,
    socketHolders: [],
    processes,
    listeners: sockets.map(([, port], n) => ({ port, address: '127.0.0.1', inode: n })),
    holders: new Map(sockets.map(([pid], n) => [n, pid])),
    startedAtMs: ({ startTicks }) => startTicks,
  })
}
const told = (orphans: Orphan[]) => orphans.map(({ identity: { pid }, kind, process }) => [pid, kind, process])

describe('is an orphan', () => {
  const cases: [string, ProcessRow[], unknown[]][] = [
    ['escaped, by its marker', [row({ pid: 300, marker: mark('w', 'r1') })], [[300, 'escaped', 'web']]],
    ['escaped, of a run so old that it is forgotten', [row({ pid: 300, marker: mark('w', 'r0') })], [[300, 'escaped', 'web']]],
    ['escaped, without marker, by the session of the ended run', [row({ pid: 300, session: 100 })], [[300, 'escaped', 'web']]],
    ['escaped, in the session that its program made', [row({ pid: 300, session: 105 })], [[300, 'escaped', 'web']]],
    ['escaped, without marker, by its group', [row({ pid: 300, pgrp: 100 })], [[300, 'escaped', 'web']]],
    [
      'what stands below an escaped one',
      [row({ pid: 300, marker: mark('w', 'r1') }), row({ pid: 301, ppid: 300 })],
      [
        [300, 'escaped', 'web'],
        [301, 'escaped', 'web'],
      ],
    ],
    ['survivor', [row({ pid: 300, marker: mark('d', 'r3') })], [[300, 'survivor', 'db']]],
    ['survivor, without marker', [row({ pid: 300, session: 110 })], [[300, 'survivor', 'db']]],
    ['stray', [row({ pid: 300, marker: mark('unknown', 'r9') })], [[300, 'stray', null]]],
  ]
  for (const [what, rows, expected] of cases)
    test(what, () => {
      const found = find(rows)
      expect(told(found)).toEqual(expected)
      expect(found.every((orphan) => orphan.endableUnasked && orphan.evidence.length > 10)).toBe(true)
    })

  test('squatter: holds a port that a process declares and does not hold; not for --all', () => {
    const found = find([row({ pid: 300 })], [[300, 5432]])
    expect(told(found)).toEqual([[300, 'squatter', 'db']])
    expect(found[0]).toMatchObject({ ports: [5432], endableUnasked: false, evidence: 'listens on port 5432, which db declares' })
  })

  test('an escaped one that holds the port of its process is escaped, and its port is told', () => {
    const found = find([row({ pid: 300, marker: mark('d', 'r0') })], [[300, 5432]])
    expect(told(found)).toEqual([[300, 'escaped', 'db']])
    expect(found[0]!.ports).toEqual([5432])
  })
})

describe('is no orphan', () => {
  const cases: [string, ProcessRow[], [number, number][]?][] = [
    ['a member of a live run', [row({ pid: 201, ppid: 200, marker: mark('w', 'r2') })]],
    ['one that left the live run by double fork', [row({ pid: 300, marker: mark('w', 'r2') })]],
    ['a marker of another home', [row({ pid: 300, marker: mark('w', 'r1', { home: '/home/of/others' }) })]],
    ['a daemon of another home', [row({ pid: 300, marker: mark('', '', { home: '', daemon: true }) })]],
    ['a zombie', [row({ pid: 300, state: 'Z', marker: mark('w', 'r1') })]],
    ['pid 1, whatever it carries', [row({ pid: 1, ppid: 0, marker: mark('w', 'r1') })]],
    ['a stranger with the number of an ended leader', [row({ pid: 100, startTicks: 9000 })]],
    [
      'the group of such a stranger',
      [row({ pid: 100, startTicks: 9000 }), row({ pid: 300, startTicks: 9001, pgrp: 100, session: 100 })],
    ],
    [
      'the group that such a stranger left behind: nobody in it is from the time of the run',
      [row({ pid: 300, startTicks: 9000, pgrp: 100, session: 100 }), row({ pid: 301, startTicks: 9001, pgrp: 100 })],
    ],
    ['who holds a port that nobody declares', [row({ pid: 300 })], [[300, 8080]]],
    ['another process of ours that holds a declared port', [], [[200, 5432]]],
    [
      'who holds a port beside its process, on another address',
      [row({ pid: 300 })],
      [...([[200, 80]] as [number, number][]), [300, 80]],
    ],
    ['the daemon itself', [], [[DAEMON, 5432]]],
  ]
  for (const [what, rows, sockets] of cases) test(what, () => expect(told(find(rows, sockets))).toEqual([]))

  test('what the daemon started, though the daemon was started from inside an ended run', () => {
    const daemonTree = [
      row({ pid: DAEMON, ppid: 300, session: 100, pgrp: 100 }),
      row({ pid: 51, ppid: DAEMON, session: 100, pgrp: 100 }),
    ]
    const index = indexTable([row({ pid: 300, marker: mark('w', 'r1') }), daemonTree[0]!], HOME, BOOT, DAEMON)
    const found = findOrphans(index, {
      home: HOME,
      daemonPid: DAEMON,
      socketHolders: [],
      processes,
      listeners: [],
      holders: new Map(),
      startedAtMs: () => 0,
    })
    expect(told(found)).toEqual([[300, 'escaped', 'web']])
  })
})

test('members of a group that grew on after its run are found as long as one is from its time', () => {
  const rows = [row({ pid: 300, pgrp: 100 }), row({ pid: 301, startTicks: 9000, pgrp: 100 })]
  expect(told(find(rows))).toEqual([
    [300, 'escaped', 'web'],
    [301, 'escaped', 'web'],
  ])
})

describe('a terminal spares from --all', () => {
  const spared = (rows: ProcessRow[]) => find(rows).map((orphan) => [orphan.identity.pid, orphan.endableUnasked])
  const escaped = (pid: number, more: Partial<ProcessRow> = {}) => row({ pid, marker: mark('w', 'r1'), ...more })

  test('an editor, and says so', () => {
    const found = find([escaped(300, { tty: true })])
    expect(found).toMatchObject([{ endableUnasked: false, evidence: expect.stringContaining('terminal') }])
  })
  test('the server of a tmux for the sake of its panes, and what a pane started in the background', () => {
    const rows = [escaped(300), escaped(301, { ppid: 300, tty: true }), escaped(302, { ppid: 301 })]
    expect(spared(rows)).toEqual([
      [300, false],
      [301, false],
      [302, false],
    ])
  })
  test('but not its neighbours', () => {
    expect(spared([escaped(300, { tty: true }), escaped(310)])).toEqual([
      [300, false],
      [310, true],
    ])
  })
})
