/** What is left behind: found, explained, and ended only where that is safe. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { KillResult, OrphanView } from '../../src/protocol/view.ts'
import { cliFile } from '../support/bundle.ts'
import { program, type RunOptions, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { endIdent, type Ident, identOf, isAlive, signalIdent, statOf } from '../support/proc.ts'
import { testNeeding } from '../support/requires.ts'
import { said } from '../support/runs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  await t?.close()
})

const list = () => t.here.json<OrphanView[]>(['orphans'])
const listed = async (pid: number) => (await list()).find((one) => one.pid === pid)
const kill = async (args: string[], options?: RunOptions): Promise<{ code: number | null; results: KillResult[] }> => {
  const { code, stdout } = await t.here.run(['kill-orphan', '--json', ...args], options)
  return { code, results: JSON.parse(stdout) as KillResult[] }
}

/** A program of nobody's: no marker, and `close` ends it. */
function stranger(command: string[], env: Record<string, string> = {}): Ident {
  const child: ChildProcess = spawn('env', ['-i', ...Object.entries(env).map(([k, v]) => `${k}=${v}`), ...command], {
    detached: true,
    stdio: 'ignore',
    cwd: t.dir,
  })
  child.unref()
  return t.alsoEnd(child.pid!)!
}

/** A job that ends at once and leaves this line of shell running; answers its identity. */
let jobs = 0
async function leave(line: string): Promise<Ident & { name: string }> {
  const name = `leaver-${++jobs}`
  const file = join(t.dir, `${name}.sh`)
  writeFileSync(file, `${line}\n`)
  await t.here.ok(['run', '-d', '--name', name, '--', 'sh', '-c', 'sh "$0" & exit 0', file])
  await t.until(async () => (await t.ls(name))?.status === 'done', 'the job has ended')
  const command = line.startsWith('exec ') ? line.slice('exec '.length) : `sh ${file}`
  const found = await t.until(
    async () => (await list()).find((one) => one.process === name && one.command === command),
    'what it left is listed',
  )
  return { ...identOf(found.pid)!, name }
}

describe('the four kinds', () => {
  test('escaped, survivor, stray and squatter are told apart, with evidence, in the fields of the contract', async () => {
    const port = await freePort()
    await t.here.ok(['start', '--name', 'web', '--port', String(port), '--', program('listens.mjs')])
    await t.here.ok(['stop', 'web'])
    await t.here.ok(['start', '--name', 'forker', '--restart', 'never', '--', program('double-forks.py')])
    const forker = (await t.ls('forker'))!
    await t.until(() => said(t, 'forker').includes('ready'), 'the grandchild has left')
    const grandchild = t.processes().find((one) => one.id === forker.id && one.pid !== forker.pid)!
    await t.killDaemon()
    await endIdent(identOf(forker.pid!)!)
    await t.here.ok(['daemon', 'start'])
    const escaped = await leave('exec sleep 3600')
    const stray = stranger(['sleep', '3601'], { PTRACK_ID: 'deadbeef', PTRACK_RUN: '7-abcdef', PTRACK_HOME: t.home })
    const other = stranger(['sleep', '3602'], { PTRACK_ID: 'deadbeef', PTRACK_RUN: '7-abcdef', PTRACK_HOME: '/another/home' })
    const squatter = stranger([process.execPath, program('listens.mjs'), String(port)])
    const found = await t.until(async () => {
      const all = await list()
      return all.length >= 4 && all.some((one) => one.kind === 'squatter') && all
    }, 'all four are listed')

    const of = (ident: Ident) => found.find((one) => one.pid === ident.pid)
    expect(of(escaped)).toMatchObject({ kind: 'escaped', process: escaped.name, command: 'sleep 3600', ports: [] })
    expect(of(grandchild)).toMatchObject({ kind: 'survivor', process: 'forker' })
    expect(of(stray)).toMatchObject({ kind: 'stray', process: null, command: 'sleep 3601' })
    expect(of(squatter)).toMatchObject({ kind: 'squatter', process: 'web', ports: [port] })
    expect(of(other)).toBeUndefined()
    expect(found).toHaveLength(4)
    expect(of(escaped)!.evidence).toBe(`carries the marker of ${escaped.name} run 1, which has ended`)
    expect(of(grandchild)!.evidence).toContain('ended while no daemon watched')
    expect(of(stray)!.evidence).toContain('which the state does not know')
    expect(of(squatter)!.evidence).toBe(`listens on port ${port}, which web declares`)
    for (const one of found) {
      // `identity` is what a kill request carries back.
      const fields = ['pid', 'startTime', 'kind', 'process', 'command', 'ports', 'since', 'evidence', 'identity']
      expect(Object.keys(one).sort()).toEqual(fields.sort())
      for (const time of [one.startTime, one.since]) expect(time).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/)
    }
    const text = (await t.here.ok(['orphans'])).stdout
    for (const one of found) expect(text).toMatch(new RegExp(`^ *${one.pid} +${one.kind} `, 'm'))

    // The port is not free, and who has it is named before the program is started.
    const refused = await t.here.run(['start', 'web'])
    expect(refused.code).toBe(8)
    expect(refused.stderr).toContain(`cannot start web: port ${port} is held by pid ${squatter.pid} (`)
    // A long command is cut.
    expect(refused.stderr).toMatch(/\(\S*node .*, [\d.]+m?s old\)/)
    expect(refused.stderr).toContain(`ptrack kill-orphan ${squatter.pid}`)
    expect(await t.ls('web')).toMatchObject({ status: 'stopped', run: 1 })

    // A rehearsal changes nothing.
    const dry = await kill(['--all', '--dry-run'])
    expect(dry.code).toBe(0)
    expect(dry.results.every((one) => one.dryRun === true && one.result === 'alive')).toBe(true)
    expect(dry.results.map((one) => one.pid)).toEqual([escaped, grandchild, stray].map((one) => one.pid).sort((a, b) => a - b))
    expect(await list()).toEqual(found)
    expect([escaped, grandchild, stray, squatter].map(isAlive)).toEqual([true, true, true, true])

    const all = await kill(['--all'])
    expect(all.code).toBe(0)
    expect(all.results.map(({ pid, result, signal }) => [pid, result, signal])).toEqual(
      dry.results.map(({ pid }) => [pid, 'terminated', 'SIGTERM']),
    )
    expect(Object.keys(all.results[0]!).sort()).toEqual(['pid', 'reason', 'result', 'signal', 'tookMs'])
    expect([escaped, grandchild, stray, squatter, other].map(isAlive)).toEqual([false, false, false, true, true])
    expect((await kill(['web'])).results).toEqual([])
    expect(isAlive(squatter)).toBe(true)

    expect((await kill([String(squatter.pid)])).results).toMatchObject([{ pid: squatter.pid, result: 'terminated' }])
    expect(isAlive(squatter)).toBe(false)
    await t.here.ok(['start', 'web'])
    await t.here.ok(['delete', 'web', 'forker'])
  })
})

test('who holds the port of a process that is not there yet is no orphan: the advice is another than kill-orphan', async () => {
  const port = await freePort()
  const holder = stranger([process.execPath, program('listens.mjs'), String(port)])
  await t.until(async () => (await t.here.json<unknown[]>(['port', String(port)])).length > 0, 'it listens')
  const refused = await t.here.run(['start', '--name', 'newcomer', '--port', String(port), '--', 'sleep', '1000'])
  expect(refused).toMatchObject({ code: 8, stderr: expect.stringContaining(`\`kill ${holder.pid}\` ends it`) })
  expect((await kill([String(holder.pid)])).results).toMatchObject([{ pid: holder.pid, result: 'refused' }])
  await endIdent(holder)
})

describe('is refused, exit 8', () => {
  test('pid 1, the daemon, a live member, a stranger, the caller: none is touched', async () => {
    await t.here.ok(['start', '--name', 'alive', '--', program('waits.sh')])
    const { pid } = (await t.ls('alive'))!
    const foreign = stranger(['sleep', '3600'])
    const child = await t.until(() => t.processes().find((one) => statOf(one.pid)?.ppid === pid), 'it has its child')
    const pids = [1, t.daemon()!.pid, pid!, child.pid, foreign.pid, process.pid]
    for (const each of pids) {
      const { code, results } = await kill([String(each)])
      expect([code, results]).toMatchObject([8, [{ pid: each, result: 'refused', signal: null, reason: expect.any(String) }]])
    }
    const text = await t.here.run(['kill-orphan', '1'])
    expect(text.code).toBe(8)
    expect(`${text.stdout}${text.stderr}`).toContain('1 refused (')
    // One of several: the others are ended all the same, and the worst code wins.
    const one = await leave('exec sleep 3600')
    const mixed = await kill([String(one.pid), '1'])
    expect(mixed.code).toBe(8)
    expect(mixed.results).toMatchObject([
      { pid: 1, result: 'refused' },
      { pid: one.pid, result: 'terminated' },
    ])
    expect(await t.ls('alive')).toMatchObject({ pid, status: 'running', run: 1 })
    expect([foreign, child].map(isAlive)).toEqual([true, true])
    await t.here.ok(['delete', 'alive'])
  })

  test('an orphan that asks for its own end, by pid, by name and by --all', async () => {
    const go = join(t.dir, 'go')
    const answer = join(t.dir, 'answer')
    const ask = (args: string) => `'${process.execPath}' '${cliFile}' kill-orphan --json ${args} >>${answer}; echo $? >>${answer}`
    const one = await leave(
      `while [ ! -e ${go} ]; do sleep 0.1; done\n${ask('$$')}\n${ask(`leaver-${jobs + 1}`)}\n${ask('--all')}\necho end >>${answer}\nsleep 3600`,
    )
    writeFileSync(go, '')
    await t.until(() => readFileSync(answer, 'utf8').endsWith('end\n'), 'it has its answers')
    const said = readFileSync(answer, 'utf8').trimEnd().split('\n')
    expect(said.filter((line) => line === '8')).toHaveLength(3)
    for (const line of said.filter((each) => each.startsWith('['))) {
      // The command itself stands below the orphan, and is one too.
      const results = JSON.parse(line) as KillResult[]
      expect(results).toContainEqual(expect.objectContaining({ pid: one.pid, result: 'refused' }))
      expect(results.every(({ result }) => result === 'refused')).toBe(true)
    }
    expect(isAlive(one)).toBe(true)
    expect((await kill([one.name])).results.map(({ result }) => result)).toContain('terminated')
    expect(isAlive(one)).toBe(false)
  })
})

test('one that is gone by now is no failure', async () => {
  const one = await leave('exec sleep 3600')
  await endIdent(one)
  await t.until(() => statOf(one.pid) === null, 'its number is free')
  expect(await kill([String(one.pid)])).toMatchObject({
    code: 0,
    results: [{ pid: one.pid, result: 'already-gone', signal: null }],
  })
})

test('a name that nobody has is told so, before anything is ended', async () => {
  const one = await leave('exec sleep 3600')
  const { code, stderr } = await t.here.run(['kill-orphan', one.name, 'nosuch'])
  expect([code, stderr]).toEqual([4, expect.stringMatching(/^ptrack: cannot kill orphans of nosuch: there is no such process; /)])
  expect(isAlive(one)).toBe(true)
  await kill([one.name])
})

test('one that ignores SIGTERM gets its grace, then SIGKILL', async () => {
  const deaf = join(t.dir, 'deaf')
  const one = await leave(`trap '' TERM; touch ${deaf}; while :; do sleep 0.1; done`)
  await t.until(() => existsSync(deaf), 'it is deaf')
  const { code, results } = await kill(['--grace', '300ms', String(one.pid)])
  expect(code).toBe(0)
  expect(results).toMatchObject([{ pid: one.pid, result: 'killed', signal: 'SIGKILL' }])
  expect(results[0]!.tookMs).toBeGreaterThanOrEqual(300)
  expect(isAlive(one)).toBe(false)
})

testNeeding('setsid')('what an orphan started goes with it, though it dropped marker, session and signal', async () => {
  const file = join(t.dir, 'below')
  const one = await leave(`setsid env -i sh -c 'trap "" TERM; echo $$ >${file}; while :; do sleep 0.1; done' &\nwait`)
  const below = await t.until(() => identOf(Number(readFileSync(file, 'utf8'))), 'it runs')
  t.alsoEnd(below.pid)
  expect((await listed(below.pid))!.evidence).toContain(`descendant of pid ${one.pid}`)
  const { results } = await kill(['--grace', '200ms', String(one.pid)])
  expect(results).toMatchObject([{ pid: one.pid, result: 'terminated', reason: expect.stringContaining('SIGKILL') }])
  expect([one, below].map(isAlive)).toEqual([false, false])
})

test('one that is stopped ends too', async () => {
  const one = await leave('while :; do sleep 0.1; done')
  signalIdent(one, 'SIGSTOP')
  await t.until(() => statOf(one.pid)?.state === 'T', 'it is stopped')
  await kill(['--grace', '200ms', String(one.pid)])
  expect(isAlive(one)).toBe(false)
})

testNeeding('script')('what has a terminal, and what that hangs on, is ended by its own pid only', async () => {
  const server = await leave('script -qfc "exec sleep 3603" /dev/null </dev/null >/dev/null 2>&1')
  const user = await t.until(
    async () => (await list()).find((one) => one.command.endsWith('sleep 3603') && one.command.startsWith('sleep')),
    'somebody works at the terminal',
  )
  const plain = await leave('exec sleep 3604')
  expect(user.evidence).toContain('has a terminal')
  const { results } = await kill(['--all'])
  expect(results.map((one) => one.pid)).toEqual([plain.pid])
  expect([server, identOf(user.pid)!].map(isAlive)).toEqual([true, true])
  const own = await kill([String(server.pid)])
  expect(own.results).toMatchObject([{ pid: server.pid, result: 'terminated' }])
  expect(isAlive(server)).toBe(false)
  await t.until(() => identOf(user.pid) === null, 'the terminal went with it')
})

test('events tell an orphan once, and its end', async () => {
  const one = await leave('exec sleep 3600')
  await list()
  await kill([String(one.pid)])
  const { stdout } = await t.here.ok(['events', '--since', '0', '--json', '--type', 'orphanFound', '--type', 'orphanKilled'])
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; pid: number })
  expect(told.filter(({ pid }) => pid === one.pid).map(({ type }) => type)).toEqual(['orphanFound', 'orphanKilled'])
})
