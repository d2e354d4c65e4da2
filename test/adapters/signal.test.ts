import { spawn } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { uptime } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import type { Identity } from '../../src/core/state.ts'
import { endIdent, isAlive, statOf } from '../support/proc.ts'
import { asRoot, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const kit = osKit()
afterAll(kit.close)
const { signaller, table } = kit

test('a signal reaches exactly the process that was named', async () => {
  const run = kit.start(['sleep', '3600'])
  expect(signaller.signal({ ...run.leader, startTicks: run.leader.startTicks - 1 }, 'SIGKILL')).toBe('gone')
  expect(signaller.signal({ ...run.leader, bootId: 'another boot' }, 'SIGKILL')).toBe('gone')
  expect(signaller.signalGroup({ ...run.leader, startTicks: run.leader.startTicks + 1 }, 'SIGKILL')).toBe('gone')
  expect(isAlive(run.leader)).toBe(true)
  expect(signaller.signal(run.leader, 'SIGTERM')).toBe('sent')
  expect(await run.exit).toEqual({ kind: 'signal', signal: 'SIGTERM', inferred: false })
  expect(signaller.signal(run.leader, 'SIGTERM')).toBe('gone')
})

test('a group is alive until its last member is gone', async () => {
  const run = kit.start(['sh', '-c', 'sleep 3600 & echo $!; exit 0'])
  await run.exit
  expect(signaller.groupAlive(run.leader.pid)).toBe(true)
  expect(signaller.signalGroup(run.leader, 'SIGKILL')).toBe('gone')
  const child = table.identityOf(Number(run.out()))!
  expect(signaller.signal(child, 'SIGKILL')).toBe('sent')
  await until(() => !signaller.groupAlive(run.leader.pid), 'the group is gone')
})

test('pid 1, whole groups of ours and the daemon itself are never signalled', () => {
  const own = table.identityOf(process.pid)!
  for (const pid of [1, 0, -1, -own.pid, own.pid, Number.NaN]) {
    expect(() => signaller.signal({ ...own, pid }, 'SIGCONT')).toThrow(/asked to signal/)
    expect(() => signaller.signalGroup({ ...own, pid }, 'SIGCONT')).toThrow(/asked to signal/)
    expect(() => signaller.groupAlive(pid)).toThrow(/asked to signal/)
  }
})

test('a zombie is gone: nothing is sent to it', async () => {
  // The parent never waits for its child, so that it stays a zombie.
  const run = kit.start([
    'python3',
    '-c',
    'import os,time\np=os.fork()\nif p==0: time.sleep(3600)\nprint(p,flush=True)\ntime.sleep(3600)',
  ])
  const pid = Number(await until(() => run.out(), 'the child is forked'))
  const child = table.identityOf(pid)!
  const held = table.hold(child)!
  expect([held.alive(), table.alive(child)]).toEqual([true, true])
  expect(signaller.signal(child, 'SIGKILL')).toBe('sent')
  await until(() => statOf(pid)?.state === 'Z', 'it is a zombie')
  expect([held.alive(), table.alive(child), table.identityOf(pid)]).toEqual([false, false, null])
  expect(table.identityEvenIfDead(pid)).toEqual(child)
  expect(signaller.signal(child, 'SIGKILL')).toBe('gone')
  held.close()
})

test('a group of zombies is not alive', async () => {
  const script = 'import os,time\np=os.fork()\nif p==0:\n os.setpgid(0,0); os._exit(0)\nprint(p,flush=True)\ntime.sleep(3600)'
  const run = kit.start(['python3', '-c', script])
  const pid = Number(await until(() => run.out(), 'the child is forked'))
  await until(() => statOf(pid)?.state === 'Z', 'it is a zombie')
  expect(statOf(pid)?.pgrp).toBe(pid)
  expect(signaller.groupAlive(pid)).toBe(false)
  expect(signaller.groupAlive(run.leader.pid)).toBe(true)
})

testNeeding(asRoot)('what may not be signalled is told apart from what is gone', async () => {
  const run = kit.start(['sleep', '3600'], { user: 'nobody', cwd: '/' })
  await until(() => kit.table.commandLine(run.leader.pid)[0] === 'sleep', 'it is the other user by now')
  process.seteuid!(1)
  try {
    expect(signaller.signal(run.leader, 'SIGKILL')).toBe('denied')
    expect(signaller.groupAlive(run.leader.pid)).toBe(true)
  } finally {
    process.seteuid!(0)
  }
  expect(isAlive(run.leader)).toBe(true)
})

/** Makes the kernel give out exactly this number, by setting the counter it goes on from; null when somebody was faster. */
async function startWithPid(pid: number): Promise<Identity | null> {
  writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
  const child = spawn('sleep', ['3600'], { stdio: 'ignore', detached: true })
  const identity = table.identityOf(child.pid!)!
  if (child.pid === pid) return identity
  await endIdent(identity)
  return null
}

testNeeding(asRoot)('a number that was given to another process is nobody we know', async () => {
  // Other programs of the machine start processes and threads too, and one of them may take the number for long: then again.
  const { first, held, stranger } = await until(async () => {
    const run = kit.start(['sleep', '3600'])
    const held = table.hold(run.leader)!
    signaller.signal(run.leader, 'SIGKILL')
    await run.exit
    // Within the tick of 10 ms in which the first one started the kernel itself shows no difference between the two.
    await until(() => uptime() * 100 > run.leader.startTicks + 2, 'the clock has moved on')
    const stranger = await startWithPid(run.leader.pid)
    if (stranger === null) held.close()
    return stranger === null ? null : { first: run.leader, held, stranger }
  }, 'a number is used twice')
  try {
    expect(stranger.pid).toBe(first.pid)
    await until(() => statOf(first.pid)?.state === 'S', 'it sleeps')
    expect(stranger.startTicks).toBeGreaterThan(first.startTicks)
    expect(held.alive()).toBe(false)
    expect(table.alive(first)).toBe(false)
    expect(table.hold(first)).toBeNull()
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGSTOP']) {
      expect(signaller.signal(first, signal)).toBe('gone')
      expect(signaller.signalGroup(first, signal)).toBe('gone')
    }
    // What was sent would be pending, or would have woken, stopped or ended it.
    expect(readFileSync(`/proc/${first.pid}/status`, 'latin1')).toMatch(/^State:\tS(.|\n)*^SigPnd:\t0+\nShdPnd:\t0+$/m)
    expect(isAlive(stranger)).toBe(true)
  } finally {
    held.close()
    await endIdent(stranger)
  }
})

test('a program name can be as hostile as it likes', async () => {
  const file = join(kit.directory, 'a) R 1 (b')
  writeFileSync(file, '#!/bin/sh\necho ready\nwhile :; do sleep 1; done\n', { mode: 0o755 })
  const run = kit.start([file])
  await until(() => run.out() === 'ready\n', 'it runs')
  const row = table.snapshot().find((one) => one.pid === run.leader.pid)
  expect(row).toMatchObject({ comm: 'a) R 1 (b', ppid: process.pid, pgrp: run.leader.pid, startTicks: run.leader.startTicks })
  expect(signaller.signalGroup(run.leader, 'SIGTERM')).toBe('sent')
  expect(await run.exit).toEqual({ kind: 'signal', signal: 'SIGTERM', inferred: false })
})
