/** A damaged, lost or too new state, a disk that takes nothing: what runs goes on, is said so, and is found again. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, statfsSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { DaemonStatus, KillResult, OrphanView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf, isAlive } from '../support/proc.ts'
import { asRoot, describeNeeding } from '../support/requires.ts'
import { said } from '../support/runs.ts'
import { readSaved, savedOf, stateFile } from '../support/saved-state.ts'

let t: TestHome
let mounted: string[]
beforeEach(async () => {
  mounted = []
  t = await testHome()
})
afterEach(async () => {
  // What lives below a mount has to end before it goes.
  if (mounted.length > 0) await t.run(['daemon', 'stop', '--kill-children'])
  for (const dir of mounted.reverse()) execFileSync('umount', ['-l', dir])
  await t.close()
})
const mount = (...args: string[]) => execFileSync('mount', args)
const marked = () => t.processes().filter((one) => one.id !== null)
const status = () => t.json<DaemonStatus>(['daemon', 'status'])
const aside = () => readdirSync(t.home).filter((name) => name.startsWith('process-state.json.corrupt-'))

/** Its leader dies, and a new run of it has to come. */
async function restartsByItself(name: string): Promise<void> {
  const view = (await t.ls(name))!
  await endIdent(identOf(view.pid!)!)
  await t.until(async () => {
    const now = await t.ls(name)
    return now?.status === 'running' && now.run === view.run + 1 && identOf(now.pid!)
  }, `${name} is restarted`)
}

describe('the state', () => {
  test('damaged: the generation before it is used, the file kept, what it alone knew is found as stray', async () => {
    await t.here.ok(['start', '--name', 'first', '--', program('waits.sh')])
    await t.here.ok(['start', '--name', 'second', '--', program('waits.sh')])
    const first = (await t.ls('first'))!
    const second = (await t.ls('second'))!
    await t.until(() => savedOf(readSaved(t.home), 'second').tracked.state.status === 'running', 'both are saved')
    await t.killDaemon()
    const before = readSaved(t.home)
    delete before.processes[second.id]
    writeFileSync(`${stateFile(t.home)}.prev`, JSON.stringify(before))
    truncateSync(stateFile(t.home), readFileSync(stateFile(t.home)).length - 20)
    const broken = readFileSync(stateFile(t.home), 'utf8')

    const { pid, startTime, run } = first
    // The list says once that it may not be whole, on stderr: `--json` and pipes stay data.
    const { stdout, stderr } = await t.ok(['ls', '--json'])
    expect(JSON.parse(stdout)).toMatchObject([{ name: 'first', pid }])
    expect(stderr).toMatch(/^ptrack: the saved state was damaged: .*could not be read.* kept as .*corrupt-.*\n$/)
    expect(stderr).toContain(aside()[0])
    expect((await t.ok(['ls'])).stderr).toBe('')
    expect(await t.ls('first')).toMatchObject({ pid, startTime, run, adopted: true })
    expect(await t.ls('second')).toBeUndefined()
    expect(aside().map((name) => readFileSync(join(t.home, name), 'utf8'))).toEqual([broken])
    const { quarantined, notes } = await status()
    expect(quarantined.join()).toContain(aside()[0])
    expect(notes.join('\n')).toMatch(/could not be read.*\n.*previous generation/)
    expect((await t.run(['doctor'])).stdout).toContain(aside()[0])
    const strays = await t.here.json<OrphanView[]>(['orphans'])
    expect(strays.map((one) => [one.kind, one.process])).toEqual(strays.map(() => ['stray', null]))
    expect(strays.map((one) => one.pid)).toContain(second.pid)
    await t.here.ok(['kill-orphan', '--all'])
    expect(identOf(second.pid!)).toBeNull()
    expect(await t.ls('first')).toMatchObject({ pid, status: 'running' })
  })

  test('lost while children live: empty, and all of them are strays that --all ends', async () => {
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    await t.here.ok(['start', '--name', 'forker', '--', program('double-forks.py')])
    await t.until(() => ['web', 'forker'].every((name) => said(t, name).includes('ready')), 'all run')
    expect(marked()).toHaveLength(4)
    await t.killDaemon()
    for (const name of readdirSync(t.home)) if (name.startsWith('process-state.json')) rmSync(join(t.home, name))
    expect(await t.here.json(['ls', '--all'])).toEqual([])
    const strays = await t.here.json<OrphanView[]>(['orphans'])
    expect(strays.map((one) => [one.pid, one.kind])).toEqual(
      marked()
        .map((one) => one.pid)
        .sort((a, b) => a - b)
        .map((pid) => [pid, 'stray']),
    )
    const results = await t.json<KillResult[]>(['kill-orphan', '--all'])
    expect(results.map((one) => one.pid)).toEqual(strays.map((one) => one.pid))
    expect(marked()).toEqual([])
  })

  test('of a newer version: refused with advice, nothing touched, nothing ended', async () => {
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const web = identOf((await t.ls('web'))!.pid!)!
    await t.ok(['daemon', 'stop'])
    const kept = readFileSync(stateFile(t.home), 'utf8')
    const newer = JSON.stringify({ ...JSON.parse(kept), version: 99 })
    writeFileSync(stateFile(t.home), newer)
    const refused = await t.run(['ls'])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/^ptrack: cannot .*(version 99|newer).*;/)
    expect(refused.stderr.trimEnd().split('\n')).toHaveLength(1)
    expect(await t.here.json<object>(['ls'])).toMatchObject({ error: { code: 'UNREACHABLE' } })
    expect([readFileSync(stateFile(t.home), 'utf8'), isAlive(web), t.daemons()]).toEqual([newer, true, []])
    writeFileSync(stateFile(t.home), kept)
    expect(await t.ls('web')).toMatchObject({ pid: web.pid, adopted: true })
  })
})

const mounting = describeNeeding(asRoot, 'mount', 'umount')
mounting('a disk that takes nothing', () => {
  async function told(): Promise<void> {
    const error = await t.until(async () => (await status()).stateError, '`daemon status` says so')
    expect(Date.parse(error.since)).not.toBeNaN()
    expect((await t.ok(['daemon', 'status'])).stdout).toContain(`cannot be written since ${error.since}: ${error.message}`)
    const doctor = await t.run(['doctor'])
    expect(doctor.code).toBe(1)
    expect(doctor.stdout).toContain(error.message)
    const events = (await t.here.ok(['events', '--since', '0', '--json', '--type', 'stateWriteFailed'])).stdout
    expect(JSON.parse(events.split('\n')[0]!)).toMatchObject({ type: 'stateWriteFailed', recovered: false })
  }

  async function recovers(): Promise<void> {
    await t.until(async () => (await status()).stateError === null, 'it recovers by itself', 45_000)
    await t.until(async () => {
      const saved = savedOf(readSaved(t.home), 'web').tracked
      return saved.runNumber === (await t.ls('web'))!.run
    }, 'what happened meanwhile is saved')
  }

  test('full: services are restarted, it is told; a daemon killed meanwhile comes back and finds all again', async () => {
    mkdirSync(t.home, { mode: 0o700 })
    mount('-t', 'tmpfs', '-o', 'size=4m,mode=0700', 'tmpfs', t.home)
    mounted.push(t.home)
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    const filler = join(t.home, 'filler')
    const { bavail, bsize } = statfsSync(t.home)
    expect(() => writeFileSync(filler, Buffer.alloc((bavail + 100) * bsize))).toThrow('ENOSPC')
    await restartsByItself('web')
    await told()
    // A change that cannot be saved is not called done.
    const late = await t.run(['start', '--name', 'late', '--', program('waits.sh')])
    expect([late.code, `${late.stdout}${late.stderr}`]).toEqual([expect.any(Number), expect.stringMatching(/space/)])
    const before = marked().map((one) => one.pid)
    // Not a byte is free, and still the next daemon comes and finds everything.
    await t.killDaemon()
    expect(await t.ls('web')).toMatchObject({ status: 'running', run: 2, adopted: true })
    const after = marked().map((one) => one.pid)
    expect(after.filter((pid) => before.includes(pid))).toEqual(before)
    await told()
    unlinkSync(filler)
    await recovers()
    await t.until(() => t.daemon() !== null, 'daemon.json is written once it can be')
    expect(marked().filter((one) => one.id === savedOf(readSaved(t.home), 'web').id)).toHaveLength(2)
  })

  test('read-only: the same', async () => {
    await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    mount('--bind', t.home, t.home)
    mounted.push(t.home)
    mount('-o', 'remount,ro,bind', t.home)
    await restartsByItself('web')
    await told()
    const stopped = await t.run(['stop', 'web'])
    expect(`${stopped.stdout}${stopped.stderr}`).toMatch(/read-only/)
    expect(marked()).toEqual([])
    await t.here.run(['start', 'web'])
    await t.until(async () => (await t.ls('web'))?.status === 'running', 'it runs again')
    mount('-o', 'remount,rw,bind', t.home)
    await recovers()
    await t.here.ok(['restart', 'web'])
    await t.until(async () => (await t.here.ok(['logs', 'web', '-n', '1'])).stdout.includes('ready'), 'it has a log again')
  })

  test('read-only from the start: the daemon does not come, and says why', async () => {
    mkdirSync(t.home, { mode: 0o700 })
    mount('-t', 'tmpfs', '-o', 'ro,size=1m,mode=0700', 'tmpfs', t.home)
    mounted.push(t.home)
    const refused = await t.run(['daemon', 'start'])
    expect(refused.code).toBe(5)
    expect(refused.stderr).toMatch(/^ptrack: cannot .*read-only.*;/)
    expect((await t.run(['doctor'])).stdout).toMatch(/read-only|EROFS/)
  })
})
