/** A number is not a process: whoever has the pid of something of ours that ended is neither adopted nor signalled. */
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, expect } from 'vitest'
import { connect } from '../../src/client/connect.ts'
import type { KillResult, OrphanView, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, type Ident, identOf, isAlive, statOf } from '../support/proc.ts'
import { asRoot, testNeeding } from '../support/requires.ts'

/** Only root can have the kernel give out a chosen pid. */
const steering = [asRoot, 'python3'] as const

let t: TestHome
let strangers: Ident[]
beforeEach(async () => {
  strangers = []
  t = await testHome()
})
afterEach(async () => {
  for (const stranger of strangers) await endIdent(stranger)
  await t.close()
})

/** Once nothing has the number, not even a zombie, a stranger gets it. */
async function giveAway(pid: number): Promise<Ident> {
  await t.until(() => statOf(pid) === null, `pid ${pid} is free`)
  // A clean environment: nothing that could be taken for a marker.
  const said = execFileSync('env', ['-i', 'python3', program('takes-pid.py'), String(pid)], { encoding: 'utf8' })
  expect(Number(said)).toBe(pid)
  const stranger = identOf(pid)!
  strangers.push(stranger)
  return stranger
}

testNeeding(...steering)('of a service, a job and a process in its stop that ended while the daemon was away', async () => {
  // It lives on: were all gone with the daemon, that would be a container that was restarted, and no failure.
  await t.here.ok(['start', '--name', 'witness', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'web', '--restart', 'never', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'again', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'slow', '--stop-timeout', '1s', '--', program('ignores-sigterm.mjs')])
  await t.here.ok(['run', '-d', '--name', 'job', '--', program('waits.sh')])
  const before = new Map<string, ProcessView>()
  await t.until(async () => {
    for (const view of await t.here.json<ProcessView[]>(['ls'])) before.set(view.name, view)
    // Until its program is found, a job shows the pid of its recorder.
    const pid = before.get('job')?.pid
    return pid && statOf(pid)?.session !== pid
  }, 'all pids are known')
  const recorder = statOf(before.get('job')!.pid!)!.session
  await t.here.run(['stop', 'slow', '--no-wait', '--timeout', '60s'])
  await t.killDaemon()
  const witness = before.get('witness')!.id
  for (const one of t.processes()) if (one.id !== witness) await endIdent(one)
  const pids = [...['web', 'again', 'slow', 'job'].map((name) => before.get(name)!.pid!), recorder]
  const given: Ident[] = []
  // The highest first: what another program starts meanwhile gets the numbers behind the one that was just given out.
  for (const pid of pids.toSorted((a, b) => b - a)) given.push(await giveAway(pid))

  await t.here.ok(['daemon', 'start'])
  await t.until(async () => (await t.ls('slow'))?.status === 'stopped', 'the stop is seen to its end')
  await t.until(async () => (await t.ls('again'))?.status === 'running', 'its backoff is over')
  const after = new Map((await t.here.json<ProcessView[]>(['ls', '--all'])).map((view) => [view.name, view]))
  expect(after.get('web')).toMatchObject({ status: 'failed', pid: null, adopted: false })
  expect(after.get('job')).toMatchObject({ status: 'interrupted', pid: null, adopted: false })
  expect(after.get('again')).toMatchObject({ status: 'running', run: 2, adopted: false })
  expect(after.get('again')!.pid).not.toBe(before.get('again')!.pid)
  // No command reaches the stranger through the name.
  await t.here.ok(['stop', 'all'])
  await t.here.run(['signal', 'SIGKILL', 'web'])
  await t.here.run(['restart', 'job'])
  await t.here.ok(['stop', 'all'])
  expect(await t.here.json<OrphanView[]>(['orphans'])).toEqual([])
  expect(await t.json<KillResult[]>(['kill-orphan', '--all'])).toEqual([])
  for (const pid of pids)
    expect(await t.json<KillResult[]>(['kill-orphan', String(pid)])).toMatchObject([{ pid, result: 'refused' }])
  await t.here.ok(['delete', 'all'])
  expect(given.map(isAlive)).toEqual(given.map(() => true))
})

testNeeding(...steering)('of a run that ended under the eyes of the daemon, and of a leader whose group lives on', async () => {
  await t.here.ok(['run', '-d', '--name', 'leaver', '--', program('leaves-a-child.sh')])
  await t.until(async () => (await t.ls('leaver'))?.status === 'done', 'it has ended')
  const [orphan] = await t.here.json<OrphanView[]>(['orphans'])
  expect(orphan).toMatchObject({ kind: 'escaped', process: 'leaver' })
  const { run } = await t.until(() => t.processes().find((one) => one.pid === orphan!.pid), 'it is seen')
  expect(run).toMatch(/^1-/)

  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const { pid } = (await t.ls('web'))!
  await t.here.ok(['stop', 'web'])
  const stranger = await giveAway(pid!)
  await t.here.ok(['start', 'web'])
  await t.here.ok(['restart', 'web'])
  await t.here.ok(['stop', 'web'])
  expect((await t.here.json<OrphanView[]>(['orphans'])).map((one) => one.pid)).toEqual([orphan!.pid])
  expect((await t.json<KillResult[]>(['kill-orphan', '--all'])).map((one) => one.pid)).toEqual([orphan!.pid])
  expect(isAlive(stranger)).toBe(true)
})

testNeeding(...steering)('of an orphan between its listing and the order to kill it', async () => {
  await t.here.ok(['run', '-d', '--name', 'leaver', '--', program('leaves-a-child.sh')])
  await t.until(async () => (await t.ls('leaver'))?.status === 'done', 'it has ended')
  const [orphan] = await t.here.json<OrphanView[]>(['orphans'])
  await endIdent(identOf(orphan!.pid)!)
  const stranger = await giveAway(orphan!.pid)
  // As a client does that shows a list and is asked to kill a minute later: it sends back the identity that was seen.
  const client = await connect({ home: t.home, acceptSkew: true })
  const results = await client.request('kill-orphan', { identities: [orphan!.identity] })
  client.close()
  expect(results).toMatchObject([{ pid: orphan!.pid, result: 'already-gone' }])
  expect(isAlive(stranger)).toBe(true)
})
