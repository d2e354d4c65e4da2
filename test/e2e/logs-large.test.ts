/** A log of many megabytes is read beside the daemon, which answers meanwhile; whoever is gone leaves no reader behind. */
import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { allPids, commandLine, type Ident, identOf, isAlive, signalIdent, statOf } from '../support/proc.ts'

/** 2.7 MB, over several archives. */
const LINES = 400_000
let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok([
    'start',
    '--name',
    'large',
    '--log-max',
    '512k',
    '--log-keep',
    '100',
    '--',
    'sh',
    '-c',
    `seq ${LINES}; sleep 3600`,
  ])
  await t.until(async () => (await t.here.ok(['logs', 'large', '-n', '1'])).stdout === `${LINES}\n`, 'it has written')
})
afterAll(() => t?.close())

const seq = (last: number): string => Array.from({ length: last }, (_, i) => `${i + 1}\n`).join('')

function reader(): Ident | null {
  const daemon = t.daemon()?.pid
  const pid = allPids().find((each) => statOf(each)?.ppid === daemon && commandLine(each).join(' ').includes('ptrack-reader'))
  return pid === undefined ? null : identOf(pid)
}

interface Reading {
  reader: Ident
  child: ReturnType<typeof spawn>
  out: Promise<string>
}

/** A reading that stands still in the middle, until the reader is sent SIGCONT. */
async function heldUp(...args: string[]): Promise<Reading> {
  await t.until(() => reader() === null, 'no reader is left of another reading')
  const child = spawn(process.execPath, [cliFile, 'logs', ...args], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  const whole = new Promise<string>((resolve) => child.once('close', () => resolve(out)))
  let found: Ident | null = null
  await t.until(() => {
    found = reader()
    return found !== null && signalIdent(found, 'SIGSTOP')
  }, 'a process reads')
  return { reader: found!, child, out: whole }
}

test('other requests are answered while a large log is read, and all of it comes', async () => {
  const reading = await heldUp('large', '-n', 'all')
  expect((await t.here.ok(['ls'])).stdout).toContain('large')
  expect((await t.here.ok(['logs', 'large', '-n', '2'])).stdout).toBe(`${LINES - 1}\n${LINES}\n`)
  signalIdent(reading.reader, 'SIGCONT')
  // Not by toBe, which would print 400,000 lines of difference.
  expect((await reading.out) === seq(LINES)).toBe(true)
  await t.until(() => !isAlive(reading.reader), 'the reader ends when it has nothing to do')
})

test('a client that is gone leaves no reader', async () => {
  const reading = await heldUp('large', '--since', '1d')
  reading.child.kill('SIGKILL')
  await reading.out
  signalIdent(reading.reader, 'SIGCONT')
  await t.until(() => !isAlive(reading.reader), 'the reader is gone')
})

test('-f goes on exactly where the large part ends', async () => {
  await t.here.ok([
    'start',
    '--name',
    'grows',
    '--',
    'sh',
    '-c',
    `seq 150000; until [ -e ${t.dir}/go ]; do sleep 0.1; done; seq 150001 150010; sleep 3600`,
  ])
  await t.until(async () => (await t.here.ok(['logs', 'grows', '-n', '1'])).stdout === '150000\n', 'the first part is written')
  const child = spawn(process.execPath, [cliFile, 'logs', 'grows', '-n', 'all', '-f'], {
    cwd: t.dir,
    env: t.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text))
  await t.until(() => out.endsWith('\n150000\n'), 'it has read the first part')
  writeFileSync(`${t.dir}/go`, '')
  await t.until(() => out.endsWith('\n150010\n'), 'it follows')
  child.kill('SIGINT')
  expect(out === seq(150_010)).toBe(true)
})

test('kill -9 of the daemon leaves no reader', async () => {
  const reading = await heldUp('large', '-n', 'all')
  await t.killDaemon()
  signalIdent(reading.reader, 'SIGCONT')
  await t.until(() => !isAlive(reading.reader), 'the reader is gone')
  reading.child.kill('SIGKILL')
  await reading.out
})
