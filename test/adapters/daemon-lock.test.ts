import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { acquireDaemonLock, type DaemonLock, readDaemonInfo } from '../../src/adapters/daemon-lock.ts'
import type { Identity } from '../../src/core/state.ts'
import { load } from '../support/effort.ts'
import { linux, testNeeding } from '../support/requires.ts'

const work = mkdtempSync(join(tmpdir(), 'ptrack-lock-'))
const driver = join(work, 'driver.mjs')
beforeAll(async () => {
  const entry = join(import.meta.dirname, 'support/daemon-lock-driver.ts')
  await build({ entryPoints: [entry], outfile: driver, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

let home: string
beforeEach(() => {
  home = mkdtempSync(join(work, 'home-'))
})
const children: ChildProcess[] = []
afterEach(async () => {
  await endAll()
})

async function endAll(): Promise<void> {
  // Our own children, not yet reaped: their numbers are still theirs.
  const ends = children.splice(0).map((child) => {
    if (child.exitCode !== null || child.signalCode !== null) return undefined
    const ended = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    return ended
  })
  await Promise.all(ends)
}

interface Outcome {
  home: string
  won: boolean
  holder: number | null
}

/** So many processes at once at each home in turn; they stay alive. */
async function contend(count: number, homes: string[]): Promise<Map<string, Outcome[]>> {
  const contenders = Array.from({ length: count }, () => {
    const child = spawn(process.execPath, [driver, JSON.stringify(homes)], { stdio: ['pipe', 'pipe', 'inherit'] })
    children.push(child)
    let text = ''
    let told = (): void => undefined
    child.stdout.on('data', (data) => {
      text += data
      told()
    })
    const until = (word: string): Promise<string> =>
      new Promise((resolve, reject) => {
        told = () => {
          if (text.endsWith(`${word}\n`)) resolve(text)
        }
        child.once('exit', (code, signal) => reject(new Error(`contender ended: ${code ?? signal}; ${text}`)))
        told()
      })
    return { child, until }
  })
  await Promise.all(contenders.map(({ until }) => until('ready')))
  const texts = contenders.map(({ until }) => until('end'))
  for (const { child } of contenders) child.stdin.write(String(Date.now() + 200))
  const outcomes = (await Promise.all(texts)).flatMap((text) =>
    text
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Outcome => JSON.parse(line)),
  )
  return new Map(homes.map((one) => [one, outcomes.filter((outcome) => outcome.home === one)]))
}

function expectOneWinner(outcomes: Outcome[] | undefined, count: number): void {
  const winners = outcomes?.filter((outcome) => outcome.won) ?? []
  expect(winners).toHaveLength(1)
  expect(outcomes?.map((outcome) => outcome.holder)).toEqual(Array(count).fill(winners[0]?.holder))
}

/** Each is a Node of its own. */
const RIVALS = load(50, 16)
testNeeding(linux)(`${RIVALS} at once: one wins, the others learn who; and so again after it was killed`, async () => {
  expectOneWinner((await contend(RIVALS, [home])).get(home), RIVALS)
  await endAll()
  expectOneWinner((await contend(8, [home])).get(home), 8)
})

testNeeding(linux)('over locks that the dead left behind, round after round: always one winner', async () => {
  const homes = Array.from({ length: load(40, 15) }, (_, round) => {
    const dir = join(home, String(round), 'daemon.lock')
    mkdirSync(dir, { recursive: true })
    // The leftovers of a killed daemon, of a power loss, of a clean exit, of a long history.
    const leave = [
      (path: string) => symlinkSync('1:1:another boot', path),
      (path: string) => writeFileSync(path, ''),
      (path: string) => symlinkSync('released', path),
    ][round % 3]
    for (let generation = 1; generation <= 1 + (round % 12); generation++) leave?.(join(dir, String(generation)))
    return join(home, String(round))
  })
  const outcomes = await contend(6, homes)
  for (const one of homes) expectOneWinner(outcomes.get(one), 6)
})

const me = (pid: number): Identity => ({ pid, startTicks: 1, bootId: 'boot' })
const dead = () => false
async function win(pid: number, alive: (other: Identity) => boolean = dead): Promise<DaemonLock> {
  const outcome = await acquireDaemonLock(home, { identity: me(pid), alive })
  if (!outcome.held) throw new Error('it is held by another')
  return outcome.lock
}

test('a live holder is named; after its release the next one gets in, though it is still alive', async () => {
  const alive = () => true
  const lock = await win(1, alive)
  expect(await acquireDaemonLock(home, { identity: me(2), alive })).toEqual({ held: false, holder: me(1) })
  await lock.release()
  await win(2, alive)
})

test('a holder of another boot is dead, whoever has its number now', async () => {
  await win(1)
  const next = await acquireDaemonLock(home, { identity: { ...me(2), bootId: 'next boot' }, alive: () => true })
  expect(next.held).toBe(true)
})

test('many generations leave few files behind', async () => {
  for (let pid = 1; pid <= 30; pid++) await win(pid)
  writeFileSync(join(home, 'daemon.lock/new-1-left-by-a-crash'), '')
  await win(31)
  expect(readdirSync(join(home, 'daemon.lock')).sort((a, b) => Number(a) - Number(b))).toEqual([
    '24',
    '25',
    '26',
    '27',
    '28',
    '29',
    '30',
    '31',
  ])
  expect(statSync(join(home, 'daemon.lock')).mode & 0o777).toBe(0o700)
})

test('a late contender that gets a number long passed gives it back', async () => {
  for (let pid = 1; pid <= 3; pid++) await win(pid)
  const asked: number[] = []
  // While it looks at the dead third, others take and sweep on to the twentieth; number 4 is free again when it links.
  const alive = (other: Identity): boolean => {
    asked.push(other.pid)
    if (asked.length === 1) symlinkSync('20:1:boot', join(home, 'daemon.lock/20'))
    return other.pid === 20
  }
  expect(await acquireDaemonLock(home, { identity: me(99), alive })).toEqual({ held: false, holder: me(20) })
  expect(asked).toEqual([3, 20])
  expect(readdirSync(join(home, 'daemon.lock'))).not.toContain('4')
})

test('a daemon that answers on the socket holds the home, even where its pid says nothing', async () => {
  const server = createServer((socket) => socket.end())
  await new Promise<void>((done) => server.listen(join(home, 'daemon.sock'), done))
  try {
    expect(await acquireDaemonLock(home, { identity: me(2), alive: dead })).toEqual({ held: false, holder: null })
  } finally {
    await new Promise((done) => server.close(done))
  }
  writeFileSync(join(home, 'daemon.sock'), '')
  await win(3)
})

test('daemon.json tells who listens, and goes at a clean exit with its writer only', async () => {
  const info = { ...me(1), startTime: '2025-11-04T12:00:00.000Z', version: '1.0.0', protocol: 1, http: null, runtime: false }
  expect(readDaemonInfo(home)).toBeNull()
  const first = await win(1)
  await first.publish(info)
  expect(readDaemonInfo(home)).toEqual(info)
  expect(statSync(join(home, 'daemon.json')).mode & 0o777).toBe(0o600)
  const second = await win(2)
  await second.publish({ ...info, ...me(2) })
  await first.release()
  expect(readDaemonInfo(home)?.pid).toBe(2)
  await second.release()
  expect(readDaemonInfo(home)).toBeNull()
  for (const broken of ['', '{', 'null', '{"pid":"1"}']) {
    writeFileSync(join(home, 'daemon.json'), broken)
    expect(readDaemonInfo(home)).toBeNull()
  }
  writeFileSync(join(home, 'daemon.json'), JSON.stringify({ ...me(5), later: true }))
  expect(readDaemonInfo(home)).toMatchObject({ pid: 5, version: '', http: null, runtime: false })
})

test('a home that cannot be locked says why', async () => {
  const gone = join(home, 'gone')
  await expect(acquireDaemonLock(gone, { identity: me(1), alive: dead })).rejects.toMatchObject({
    code: 'FAILED',
    message: `cannot lock ${gone}: no such file or directory`,
  })
})
