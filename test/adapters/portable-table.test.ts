import { afterAll, expect, test } from 'vitest'
import { cpuMsOf, listRows } from '../../src/adapters/platform/portable-ps.ts'
import { createPortableTable } from '../../src/adapters/platform/portable-table.ts'
import { createSignaller } from '../../src/adapters/signal.ts'
import { program } from '../support/daemon.ts'
import { endIdent, identOf, statOf } from '../support/proc.ts'
import { describeNeeding, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const kit = osKit()
afterAll(kit.close)

test.each([
  ['0:00.05', 50],
  ['1:02.50', 62_500],
  ['00:01:02', 62_000],
  ['2-03:04:05', 183_845_000],
])('the time %s of ps is %d ms', (text, ms) => {
  expect(cpuMsOf(text)).toBe(ms)
})

describeNeeding('ps')('the table that ps gives', () => {
  const table = createPortableTable({ home: '/a home/with spaces' })
  const env = {
    PATH: process.env.PATH ?? '',
    PTRACK_ID: 'abc',
    PTRACK_RUN: '7-a1b2c3d4e5f60718',
    PTRACK_HOME: '/a home/with spaces',
    LAST: 'x',
  }

  test('agrees with /proc about a process and its marker', () => {
    const run = kit.start(['sleep', '3600'], { env })
    const row = table.snapshot().find((one) => one.pid === run.leader.pid)
    expect(row).toMatchObject({
      ppid: process.pid,
      pgrp: run.leader.pid,
      session: run.leader.pid,
      tty: false,
      state: 'S',
      comm: 'sleep',
    })
    expect(row?.marker).toEqual({
      id: 'abc',
      runNumber: 7,
      runId: 'a1b2c3d4e5f60718',
      home: '/a home/with spaces',
      daemon: false,
    })
    expect(table.commandLine(run.leader.pid)).toEqual(['sleep', '3600'])
    const identity = table.identityOf(run.leader.pid)!
    expect(identity.startTicks).toBe(row?.startTicks)
    expect(Math.abs(table.startedAtMs(identity) - kit.table.startedAtMs(run.leader))).toBeLessThan(2000)
  })

  test('sees death, and zombies as dead', async () => {
    const run = kit.start(['sh', '-c', 'echo $$; exec sleep 3600'])
    const identity = table.identityOf(run.leader.pid)!
    const held = table.hold(identity)!
    expect([table.alive(identity), held.alive()]).toEqual([true, true])
    expect(table.alive({ ...identity, startTicks: identity.startTicks - 1 })).toBe(false)
    kit.signaller.signal(run.leader, 'SIGKILL')
    await run.exit
    expect([table.alive(identity), held.alive(), table.identityOf(identity.pid), table.hold(identity)]).toEqual([
      false,
      false,
      null,
      null,
    ])
  })

  test('gives finer numbers once they have arrived', async () => {
    const works = 'import time\nx = bytearray(50_000_000)\nsum(range(2_000_000))\ntime.sleep(3600)'
    const run = kit.start(['python3', '-c', works], { env })
    await until(() => {
      const row = table.snapshot().find((one) => one.pid === run.leader.pid)
      return row && row.rssBytes > 50_000_000 && row.cpuMs > 0 && row.cpuMs % 1000 !== 0
    }, 'pidusage has answered')
  })

  testNeeding('pgrep', 'python3')('stops a tree beyond its group', async () => {
    const run = kit.start(['python3', program('leaves-a-setsid-child.py'), 'stay'])
    const pid = Number((await until(() => /^child (\d+)$/m.exec(run.out()), 'it has a child'))[1])
    const child = identOf(pid)!
    expect(statOf(pid)?.session).not.toBe(run.leader.pid)
    try {
      expect(createSignaller(table).signalGroup(table.identityOf(run.leader.pid)!, 'SIGTERM')).toBe('sent')
      await until(() => identOf(pid)?.startTicks !== child.startTicks, 'the child is gone')
    } finally {
      await endIdent(child)
    }
  })

  testNeeding('lsof')('lists listeners with their holders', async () => {
    const run = kit.start([process.execPath, program('listens.mjs'), '0', '::1'])
    const port = Number((await until(() => /^ready on (\d+)$/m.exec(run.out()), 'it listens'))[1])
    const found = table.listeners().filter((listener) => listener.port === port)
    expect(found).toEqual([{ port, address: '::1', inode: expect.any(Number) }])
    expect(table.holders(new Set([found[0]!.inode]), null)).toEqual(new Map([[found[0]!.inode, run.leader.pid]]))
  })

  test('what is not there is empty', () => {
    expect(listRows(2 ** 22 + 1)).toEqual([])
    expect(table.identityOf(2 ** 22 + 1)).toBeNull()
  })
})
