import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { createLinuxTable } from '../../src/adapters/platform/linux-table.ts'
import { findMarker } from '../../src/adapters/platform/marker.ts'
import { parseStat } from '../../src/adapters/platform/proc-stat.ts'
import { program } from '../support/daemon.ts'
import { endIdent, identOf } from '../support/proc.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const kit = osKit()
afterAll(kit.close)
const { table } = kit

const env = (changes: Record<string, string> = {}): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  PTRACK_ID: 'abc',
  PTRACK_RUN: '7-a1b2c3d4e5f60718',
  PTRACK_HOME: '/a home/with spaces',
  ...changes,
})
const marker = { id: 'abc', runNumber: 7, runId: 'a1b2c3d4e5f60718', home: '/a home/with spaces', daemon: false }
const rowOf = (pid: number) => table.snapshot().find((row) => row.pid === pid)

describe('the marker', () => {
  const environ = (...pairs: string[]): Buffer => Buffer.from(pairs.map((pair) => `${pair}\0`).join(''))
  test.each([
    [
      'all of it',
      ['A=1', 'PTRACK_ID=x', 'PTRACK_RUN=3-ab', 'PTRACK_HOME=/h'],
      { id: 'x', runNumber: 3, runId: 'ab', home: '/h', daemon: false },
    ],
    ['the first of two', ['PTRACK_ID=x', 'PTRACK_ID=y'], { id: 'x', runNumber: 0, runId: '', home: '', daemon: false }],
    ['a malformed run', ['PTRACK_ID=x', 'PTRACK_RUN=nonsense'], { id: 'x', runNumber: 0, runId: '', home: '', daemon: false }],
    ['a daemon', ['PTRACK_DAEMON=1', 'PTRACK_HOME=/h'], { id: '', runNumber: 0, runId: '', home: '/h', daemon: true }],
    ['a name that only ends so', ['MY_PTRACK_ID=x', 'A=PTRACK_ID=x'], null],
    ['nothing', ['A=1'], null],
    ['UTF-8', ['PTRACK_ID=x', 'PTRACK_HOME=/höme'], { id: 'x', runNumber: 0, runId: '', home: '/höme', daemon: false }],
  ])('%s', (_, pairs, expected) => {
    expect(findMarker(environ(...pairs))).toEqual(expected)
  })
  test('of an environment cut in the middle', () => {
    expect(findMarker(Buffer.from('PTRACK_ID=x\0PTRACK_HO'))).toMatchObject({ id: 'x' })
    expect(findMarker(Buffer.alloc(0))).toBeNull()
  })
})

test('a line of stat is counted from its last parenthesis', () => {
  const rest = Array.from({ length: 49 }, (_, i) => String(i + 4)).join(' ')
  expect(parseStat(`12 (a) b (c) S ${rest}\n`)).toMatchObject({
    pid: 12,
    comm: 'a) b (c',
    state: 'S',
    ppid: 4,
    pgrp: 5,
    session: 6,
    startTicks: 22,
  })
  expect(parseStat(`12 (a) R 1 (b\nc) T ${rest}`)).toMatchObject({ comm: 'a) R 1 (b\nc', state: 'T' })
  const withThreads = (threads: number) => rest.split(' ').with(16, String(threads)).join(' ')
  expect(parseStat(`12 (a) Z ${withThreads(1)}`)).toMatchObject({ state: 'Z', leaderEnded: false })
  expect(parseStat(`12 (a) Z ${withThreads(2)}`)).toMatchObject({ state: 'S', leaderEnded: true })
  expect(parseStat('')).toBeNull()
  expect(parseStat('12 (a) S')).toBeNull()
})

test('a process whose first thread has ended lives as long as the others', async () => {
  const run = kit.start(['python3', program('ends-its-first-thread.py')], { env: env() })
  await until(
    () => run.out().includes('ready') && /^State:\s+Z/m.test(readFileSync(`/proc/${run.leader.pid}/status`, 'latin1')),
    'its leader is gone',
  )
  expect(table.alive(run.leader)).toBe(true)
  // To a table that has not seen it before, too.
  expect(rowOf(run.leader.pid)).toMatchObject({ state: 'S', marker })
  expect(
    createLinuxTable()
      .snapshot()
      .find((row) => row.pid === run.leader.pid),
  ).toMatchObject({ state: 'S', marker })
  await endIdent(run.leader)
  await until(() => !table.alive(run.leader), 'it has ended')
})

test('the marker is found in a grandchild that left session, group and parent', async () => {
  const run = kit.start(['python3', program('double-forks.py')], { env: env() })
  const pid = Number((await until(() => /^child (\d+)$/m.exec(run.out()), 'it has forked'))[1])
  const grandchild = identOf(pid)!
  try {
    const row = rowOf(pid)!
    expect(row.marker).toEqual(marker)
    expect([row.ppid, row.pgrp, row.session]).not.toContain(run.leader.pid)
    expect(rowOf(run.leader.pid)).toMatchObject({ marker, tty: false })
  } finally {
    await endIdent(grandchild)
  }
})

test('an environment is read again after an exec, and only then', async () => {
  const script = 'echo before; read x < go; exec env -u PTRACK_ID PTRACK_DAEMON=1 sh -c "echo after; sleep 3600 & wait"'
  const run = kit.start(['sh', '-c', `mkfifo go; ${script}`], { env: env() })
  await until(() => run.out() === 'before\n', 'it waits')
  expect([rowOf(run.leader.pid)?.comm, rowOf(run.leader.pid)?.marker]).toEqual(['sh', marker])
  kit.start(['sh', '-c', 'echo > go'])
  await until(() => run.out() === 'before\nafter\n', 'it was replaced')
  expect(rowOf(run.leader.pid)?.marker).toMatchObject({ id: '', daemon: true })
})

test('a large environment has its marker found', async () => {
  const large = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`A${i}`, 'x'.repeat(20_000)]))
  const run = kit.start(['sleep', '3600'], { env: { ...large, ...env() } })
  expect(rowOf(run.leader.pid)?.marker).toEqual(marker)
})

test('a row says what top says', async () => {
  const run = kit.start(['python3', '-c', 'x = bytearray(50_000_000)\nwhile True: pass'])
  const row = await until(() => {
    const now = rowOf(run.leader.pid)
    return now && now.cpuMs >= 50 && now.rssBytes > 50_000_000 ? now : null
  }, 'it has used memory and time')
  expect(row).toMatchObject({ pid: run.leader.pid, ppid: process.pid, state: 'R', startTicks: run.leader.startTicks })
  expect(row.rssBytes).toBeLessThan(500_000_000)
  expect(table.commandLine(row.pid)).toContain('x = bytearray(50_000_000)\nwhile True: pass')
})

test('start times are wall-clock times and do not wander', () => {
  const before = Date.now()
  const run = kit.start(['sleep', '3600'])
  const started = table.startedAtMs(run.leader)
  // A tick is 10 ms, and the clocks are read one after the other.
  expect(started).toBeGreaterThan(before - 100)
  expect(started).toBeLessThan(Date.now() + 100)
  expect(table.startedAtMs(run.leader)).toBe(started)
})

test('the first child of a recorder is its program; a process without children has none', async () => {
  const run = kit.start(['sleep', '3600'], { recordFile: kit.record('first') })
  const child = await until(() => table.firstChild(run.leader.pid), 'it is forked')
  await until(() => table.commandLine(child.pid)[0] === 'sleep', 'it is the program')
  expect(table.alive(child)).toBe(true)
  expect(table.firstChild(child.pid)).toBeNull()
  expect(table.firstChild(2 ** 22 + 1)).toBeNull()
})

test('what is not there is null, empty or false', () => {
  const nobody = 2 ** 22 + 1
  expect(table.identityOf(nobody)).toBeNull()
  expect(table.identityEvenIfDead(nobody)).toBeNull()
  expect(table.commandLine(nobody)).toEqual([])
  expect(table.diskIo(nobody)).toBeNull()
  expect(table.heldUpMs(nobody)).toBe(0)
  expect(table.hold({ pid: nobody, startTicks: 1, bootId: table.bootId })).toBeNull()
  expect(table.commandLine(2)[0]).toMatch(/./)
})

test('a held process is seen to die, and its descriptor is given back', async () => {
  const run = kit.start(['sleep', '3600'])
  const held = table.hold(run.leader)!
  expect(held.alive()).toBe(true)
  kit.signaller.signal(run.leader, 'SIGKILL')
  await run.exit
  expect(held.alive()).toBe(false)
  held.close()
  held.close()
  expect(held.alive()).toBe(false)
})

test('bytes written to disk are counted', async () => {
  const run = kit.start(['sh', '-c', 'dd if=/dev/zero of=blob bs=1M count=2 conv=fsync 2>/dev/null; echo done; exec sleep 3600'])
  await until(() => run.out() === 'done\n', 'it wrote')
  // A child's numbers are added to its parent's when it is reaped; tmpfs and some kernels count none.
  expect(table.diskIo(run.leader.pid)).toEqual({ readBytes: expect.any(Number), writeBytes: expect.any(Number) })
  expect(table.heldUpMs(run.leader.pid)).toBeGreaterThanOrEqual(0)
})
