/** Two versions meet: they say so, work together where they can, and `daemon restart` replaces one by the other. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { DaemonStatus, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { otherProtocol, otherVersion } from '../support/other-version.ts'
import { identOf, isAlive } from '../support/proc.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})
const version = async (): Promise<string> => (await t.json<{ version: string }>(['--version'])).version

test('an older daemon serves a newer CLI, is replaced by `daemon restart`, and back again', async () => {
  const old = otherVersion(join(t.dir, 'old'), '0.0.9')
  await t.ok(['start', '--name', 'web', '--', program('waits.sh')], { cli: old })
  const before = (await t.ls('web'))!
  expect(t.daemon()!.file.version).toBe('0.0.9')
  // Its words go to stderr: what scripts read stays JSON.
  const listed = await t.ok(['ls', '--json'])
  expect(JSON.parse(listed.stdout)).toMatchObject([{ name: 'web', pid: before.pid }])
  expect(listed.stderr).toContain(`the daemon is 0.0.9, this CLI is ${await version()}; \`ptrack daemon restart\``)
  for (const [cli, expected] of [
    [undefined, await version()],
    [old, '0.0.9'],
  ] as const) {
    const answer = await t.json<{ version: string; live: number; adopted: number }>(['daemon', 'restart'], { cli })
    expect(answer).toMatchObject({ version: expected, live: 1, adopted: 1 })
    const { pid, run, startTime } = before
    expect(await t.ls('web')).toMatchObject({ pid, run, startTime, status: 'running', adopted: true, restarts: 0 })
  }
  expect(t.daemons()).toHaveLength(1)
})

test('a daemon of another protocol: advice and no harm; `daemon status`, `restart` and `stop` still work', async () => {
  const next = otherProtocol(join(t.dir, 'next'), '9.0.0', 99, ['cli', 'daemon', 'preload'])
  await t.ok(['start', '--name', 'web', '--', program('waits.sh')], { cli: next })
  const [before] = await t.json<ProcessView[]>(['ls'], { cli: next })
  const ident = identOf(before!.pid!)!
  const daemon = t.daemon()!
  for (const args of [['ls'], ['start', '--name', 'other', '--', 'sleep', '1'], ['stop', 'all'], ['kill-orphan', '--all']]) {
    const refused = await t.run(args)
    expect([args[0], refused.code]).toEqual([args[0], 5])
    expect(refused.stderr).toMatch(/cannot talk to the daemon: it is version 9\.0\.0 \(protocol 99\).*`ptrack daemon restart`/)
    expect(JSON.parse((await t.run([...args.slice(0, 1), '--json', ...args.slice(1)])).stdout)).toMatchObject({
      error: { code: 'VERSION_SKEW' },
    })
  }
  expect(t.daemon()).toMatchObject({ pid: daemon.pid })
  expect(await t.json<DaemonStatus>(['daemon', 'status'])).toMatchObject({ version: '9.0.0', protocol: 99, processes: 1 })
  const doctor = await t.run(['doctor'])
  expect(doctor.stdout).toContain('the daemon is 9.0.0')
  expect(await t.json(['daemon', 'restart'])).toMatchObject({ before: daemon.pid, version: await version(), adopted: 1 })
  expect(await t.ls('web')).toMatchObject({ pid: before!.pid, run: 1, status: 'running' })
  await t.ok(['daemon', 'restart'], { cli: next })
  await t.ok(['daemon', 'stop'])
  expect(t.daemons()).toEqual([])
  expect(isAlive(ident)).toBe(true)
})
