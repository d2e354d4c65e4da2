import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { RecordFiles } from '../../src/adapters/record-files.ts'
import { exitOfShell, recordedExit, recorderScript } from '../../src/adapters/recorder.ts'
import type { ExitFact, Identity } from '../../src/core/state.ts'
import { cases } from '../support/effort.ts'
import { statOf } from '../support/proc.ts'
import { asRoot, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'
import { osKit, type Started } from './support/os.ts'

const kit = osKit()
afterAll(kit.close)

/** Once it is the `sleep`: a subshell that has not yet reset the recorder's traps swallows a signal. */
async function programOf(run: Started): Promise<Identity> {
  const program = await until(() => kit.table.firstChild(run.leader.pid), 'the recorder has its program', 20_000, run.err)
  await until(() => statOf(program.pid)?.comm === 'sleep', 'the program runs')
  return program
}

test('exit codes arrive and are written down: the ends of their range, those that stand for signals, and some between', async () => {
  const known = new Map<number, ExitFact>([
    [0, { kind: 'code', code: 0 }],
    [143, { kind: 'signal', signal: 'SIGTERM', inferred: true, code: 143 }],
    [255, { kind: 'code', code: 255 }],
  ])
  // Nothing looks at a code but for these ranges, and each costs six processes.
  const edges = [1, 2, 9, 10, 99, 100, 126, 127, 128, ...Array.from({ length: 34 }, (_, n) => 129 + n), 200, 254]
  const codes = [...new Set([...known.keys(), ...cases(edges)])]
  const one = async (code: number): Promise<[ExitFact, ExitFact | null]> => {
    const recordFile = kit.record(`code-${code}`)
    return [await kit.start(['sh', '-c', `exit ${code}`], { recordFile }).exit, recordedExit(recordFile)]
  }
  const facts: [ExitFact, ExitFact | null][] = []
  for (let at = 0; at < codes.length; at += 16) facts.push(...(await Promise.all(codes.slice(at, at + 16).map(one))))
  expect(facts).toEqual(codes.map((code) => [exitOfShell(code), exitOfShell(code)]))
  for (const [code, fact] of known) expect(facts[codes.indexOf(code)]![0]).toEqual(fact)
})

test('a record counts only when it is whole', () => {
  const file = kit.record('partial')
  for (const text of ['', ' '.repeat(16), '1', '14', `14${' '.repeat(14)}`, 'x\n', '\n', '1234\n']) {
    writeFileSync(file, text)
    expect([text, recordedExit(file)]).toEqual([text, null])
  }
  writeFileSync(file, `14\n${' '.repeat(13)}`)
  expect(recordedExit(file)).toEqual({ kind: 'code', code: 14 })
  expect(recordedExit(kit.record('never-written'))).toBeNull()
})

describe.each([
  ['dash', 'dash'],
  ['bash', 'bash --posix'],
] as const)('the line in %s', (shell, start) => {
  const file = kit.record(`line-${shell}`)
  const run = (command: string[], env: Record<string, string> = {}): { record: string; out: string } => {
    writeFileSync(file, ' '.repeat(16))
    const script = `${start} -c "$LINE" "$FILE" "$@"; echo "rc=$?"`
    const out = execFileSync('/bin/sh', ['-c', `exec 2>&1; ${script}`, 'sh', ...command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: process.env.PATH ?? '', LINE: recorderScript(''), FILE: file, ...env },
    })
    return { record: readFileSync(file, 'latin1').split('\n')[0]!, out }
  }
  const inShell = testNeeding(shell)

  inShell('passes arguments, stderr and environment through untouched', () => {
    const { record, out } = run(['sh', '-c', 'echo "$1" >&2; echo "[$0][$c][$R]"; exit 3', 'name', 'a  b'], {
      c: 'mine',
      R: 'too',
    })
    expect([record, out]).toEqual(['3', 'a  b\n[name][mine][too]\nrc=3\n'])
  })
  inShell('leaves no descriptor behind', () => {
    const command = ['/bin/sh', '-c', 'cd /proc/$$/fd; echo *']
    const direct = execFileSync(command[0]!, command.slice(1), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
    expect(run(command).out).toBe(`${direct}rc=0\n`)
  })
  inShell('gives 127 for builtins and missing commands, 126 for what may not run, 128+n for signals', () => {
    expect(run(['shift']).record).toBe('127')
    expect(run(['/no/such/program']).record).toBe('127')
    expect(run(['/etc/passwd']).record).toBe('126')
    expect(run(['sh', '-c', 'kill -9 $$'])).toEqual({ record: '137', out: 'rc=137\n' })
  })
})

test('the program has every signal at its default, and may change that itself', async () => {
  const run = kit.start(['sh', '-c', 'exec cat /proc/self/status'], { recordFile: kit.record('dispositions') })
  expect(await run.exit).toEqual({ kind: 'code', code: 0 })
  const masks = Object.fromEntries(
    [...run.out().matchAll(/^(Sig\w+):\t(\w+)$/gm)].map((match) => [match[1], BigInt(`0x${match[2]}`)]),
  )
  expect(masks).toMatchObject({ SigBlk: 0n, SigIgn: 0n, SigCgt: 0n })
})

describe('signals to the group', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGABRT', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGALRM'])(
    '%s is recorded',
    async (signal) => {
      const recordFile = kit.record(`group-${signal}`)
      const run = kit.start(['sleep', '3600'], { recordFile })
      await programOf(run)
      expect(kit.signaller.signalGroup(run.leader, signal)).toBe('sent')
      expect(await run.exit).toMatchObject({ kind: 'signal', signal, inferred: true })
      expect(recordedExit(recordFile)).toMatchObject({ kind: 'signal', signal, inferred: true })
    },
  )

  test('a program that takes its time over SIGTERM has its own code recorded', async () => {
    const run = kit.start(['sh', '-c', 'trap "exit 7" TERM; echo ready; while :; do sleep 0.1; done'], {
      recordFile: kit.record('trap'),
    })
    await until(() => run.out() === 'ready\n', 'the trap is set')
    kit.signaller.signalGroup(run.leader, 'SIGTERM')
    expect(await run.exit).toEqual({ kind: 'code', code: 7 })
  })

  test("SIGKILL leaves no record, and the kernel's word stands", async () => {
    const recordFile = kit.record('killed')
    const run = kit.start(['sleep', '3600'], { recordFile })
    await programOf(run)
    kit.signaller.signalGroup(run.leader, 'SIGKILL')
    expect(await run.exit).toEqual({ kind: 'signal', signal: 'SIGKILL', inferred: false })
    expect(recordedExit(recordFile)).toBeNull()
  })

  test('SIGKILL of the program alone is recorded', async () => {
    const run = kit.start(['sleep', '3600'], { recordFile: kit.record('program-killed') })
    kit.signaller.signal(await programOf(run), 'SIGKILL')
    expect(await run.exit).toMatchObject({ kind: 'signal', signal: 'SIGKILL', inferred: true })
  })
})

test('a failed start leaves no record file, a missing one is no error', () => {
  const recordFile = kit.record('refused')
  expect(kit.start(['no-such-program'], { recordFile }).outcome.ok).toBe(false)
  expect(existsSync(recordFile)).toBe(false)
  kit.spawner.retireRecord(recordFile)
})

test('a retired record serves the next run, and tells nothing of the last one', async () => {
  const first = kit.record('first')
  await kit.start(['sh', '-c', 'exit 7'], { recordFile: first }).exit
  expect(recordedExit(first)).toEqual({ kind: 'code', code: 7 })
  const { ino } = statSync(first)
  kit.spawner.retireRecord(first)
  expect([existsSync(first), recordedExit(first)]).toEqual([false, null])
  const second = kit.record('second')
  const run = kit.start(['sleep', '3600'], { recordFile: second })
  expect([statSync(second).ino, recordedExit(second)]).toEqual([ino, null])
  kit.signaller.signal(await programOf(run), 'SIGTERM')
  await run.exit
  expect(recordedExit(second)).toMatchObject({ kind: 'signal', signal: 'SIGTERM', inferred: true })
})

test('of retired records no more are kept than are of use, and one that somebody removed is made anew', () => {
  const records = new RecordFiles()
  const files = Array.from({ length: 400 }, (_, n) => kit.record(`many-${n}`))
  for (const file of files) records.prepare(file)
  for (const file of files) records.retire(file)
  const directory = dirname(files[0]!)
  const left = readdirSync(directory).filter((name) => name.startsWith('spare.'))
  expect(left).toHaveLength(256)
  for (const name of left.slice(0, 100)) rmSync(join(directory, name))
  for (const file of files) records.prepare(file)
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(files.map(() => ' '.repeat(16)))
})

const mounting = testNeeding(asRoot, 'mount', 'umount')
mounting('a full disk keeps the outcome', async () => {
  const disk = mkdtempSync(join(tmpdir(), 'ptrack-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', disk])
  try {
    mkdirSync(join(disk, 'runs'))
    const recordFile = join(disk, 'runs', 'record')
    const run = kit.start(['sh', '-c', 'until test -e full; do sleep 0.01; done; exit 3'], { recordFile, cwd: disk })
    expect(() => writeFileSync(join(disk, 'filler'), Buffer.alloc(1024 * 1024))).toThrow(/ENOSPC/)
    // What a recorder that must first make room for its line would meet here.
    expect(() => writeFileSync(join(disk, 'another'), '3\n')).toThrow(/ENOSPC/)
    writeFileSync(join(disk, 'full'), '')
    expect(await run.exit).toEqual({ kind: 'code', code: 3 })
    expect(recordedExit(recordFile)).toEqual({ kind: 'code', code: 3 })
    expect(statSync(recordFile).size).toBe(16)
  } finally {
    execFileSync('umount', [disk])
    rmSync(disk, { recursive: true, force: true })
  }
})
