/** stdin of a foreground `run`: every byte and the true end, whatever dies in between. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { openSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf } from '../support/proc.ts'
import { ended, reaches, said } from '../support/runs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  await t?.close()
})

interface Running {
  child: ChildProcess
  code: Promise<number | null>
  stdout(): string
}
/** A `ptrack run` whose stdin is a pipe that the test writes to, or a file. */
function begin(args: string[], stdin: 'pipe' | number = 'pipe'): Running {
  const child = spawn(process.execPath, [cliFile, 'run', ...args], { cwd: t.dir, env: t.env, stdio: [stdin, 'pipe', 'ignore'] })
  let out = ''
  child.stdout!.setEncoding('utf8').on('data', (text: string) => {
    out += text
  })
  // A program that has had enough closes the pipe.
  child.stdin?.on('error', () => undefined)
  return { child, code: new Promise((resolve) => child.once('close', resolve)), stdout: () => out }
}
const bytes = Buffer.alloc(3_000_000, Array.from({ length: 251 }, (_, at) => at).join(' \0\n'))
const md5 = (data: Buffer): string => `${createHash('md5').update(data).digest('hex')}  -\n`

describe.concurrent('bytes and end', () => {
  test('a pipe, a file, and nothing', async () => {
    writeFileSync(join(t.dir, 'bytes'), bytes)
    const piped = begin(['--', 'md5sum'])
    piped.child.stdin!.end(bytes)
    const filed = begin(['--', 'md5sum'], openSync(join(t.dir, 'bytes'), 'r'))
    expect([await piped.code, piped.stdout()]).toEqual([0, md5(bytes)])
    expect([await filed.code, filed.stdout()]).toEqual([0, md5(bytes)])
    expect((await t.ok(['run', '--', 'cat'])).stdout).toBe('')
    const directory = begin(['--', 'sh', '-c', 'cat; echo end'], openSync(t.dir, 'r'))
    expect([await directory.code, directory.stdout()]).toEqual([1, ''])
  })

  test('with -d what was given is not handed on, and that is said', async () => {
    const note = (name: string): string =>
      `ptrack: ${name} reads no input: with -d stdin is not handed on; leave -d out, or let the command read a file\n`
    expect((await t.run(['run', '-d', '--name', 'dropped', '--', 'cat'], { input: 'rows' })).stderr).toBe(note('dropped'))
    expect((await t.run(['run', '-d', '--name', 'none', '--', 'cat'])).stderr).toBe('')
  })

  test('--stdin: a file, for each run of a service or job; null in the foreground; what is no file is refused', async () => {
    writeFileSync(join(t.dir, 'rows'), 'one\ntwo\n')
    await t.ok(['start', '--stdin', 'rows', '--name', 'reads', '--', 'sh', '-c', 'cat; exec sleep 1000'])
    await t.until(() => said(t, 'reads') === 'one\ntwo\n', 'it reads the file')
    await t.ok(['restart', 'reads'])
    await t.until(() => said(t, 'reads') === 'one\ntwo\none\ntwo\n', 'and in the next run too')
    expect((await t.ok(['run', '--stdin', 'rows', '--', 'cat'], { input: 'not this' })).stdout).toBe('one\ntwo\n')
    expect((await t.ok(['run', '--stdin', 'null', '--', 'cat'], { input: 'nor this' })).stdout).toBe('')
    const refused = async (...args: string[]) => (await t.run(['run', ...args, '--', 'cat'])).stderr
    expect(await refused('--stdin', 'missing')).toContain('missing cannot be opened: there is no such file')
    expect(await refused('--stdin', '.')).toContain('it is no regular file')
    expect(await refused('--stdin', 'rows', '-t')).toContain('both a terminal and a file as stdin')
  })

  test('a program that reads nothing, a part, or closes it does not hold up the caller', async () => {
    const nothing = begin(['--', 'sh', '-c', 'exit 3'])
    expect(await nothing.code).toBe(3)
    const part = begin(['--', 'head', '-c', '3'])
    part.child.stdin!.write(bytes)
    expect([await part.code, part.stdout()]).toEqual([0, bytes.toString('latin1', 0, 3)])
    // Closed, and the program goes on: the writer learns of it meanwhile, as in a pipeline.
    const closed = begin(['--name', 'closed', '--', 'sh', '-c', 'exec <&-; until [ -e go ]; do sleep 0.1; done; echo over'])
    closed.child.stdin!.write(bytes)
    await new Promise((resolve) => closed.child.stdin!.once('close', resolve))
    writeFileSync(join(t.dir, 'go'), '')
    expect([await closed.code, closed.stdout()]).toEqual([0, 'over\n'])
  })

  test('what would need it twice is refused; -d reads nothing', async () => {
    const retries = await t.run(['run', '--name', 'twice', '--retries', '2', '--', 'cat'], { input: 'x' })
    expect(retries).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('it can be read once, and --retries asks for more runs'),
    })
    expect(await t.ls('twice')).toBeUndefined()
    await t.ok(['run', '--name', 'once', '--', 'cat'], { input: 'x' })
    for (const verb of ['start', 'restart'])
      expect(await t.run([verb, 'once'])).toMatchObject({
        code: 2,
        stderr: expect.stringContaining(`cannot ${verb} once: its input`),
      })
    expect(await t.ls('once')).toMatchObject({ status: 'done', run: 1 })
    await t.ok(['run', '-d', '--name', 'apart', '--', 'sh', '-c', 'cat; echo end'], { input: 'x' })
    expect(await ended(t, 'apart')).toMatchObject({ status: 'done' })
    expect(said(t, 'apart')).toBe('end\n')
  })
})

test('the daemon is killed in the middle: the rest arrives, and the end', async () => {
  const job = begin(['--name', 'over', '--', 'md5sum'])
  job.child.stdin!.write(bytes)
  await reaches(t, 'over', 'running')
  await t.killDaemon()
  job.child.stdin!.end(bytes)
  expect([await job.code, job.stdout()]).toEqual([0, md5(Buffer.concat([bytes, bytes]))])
})

test('the caller is killed, with or without the daemon: the job fails with that reason and never met an end', async () => {
  for (const [name, withDaemon] of [
    ['cut', false],
    ['both', true],
  ] as const) {
    const job = begin(['--name', name, '--', 'sh', '-c', 'cat; echo whole'])
    job.child.stdin!.write('part\n')
    await t.until(() => said(t, name) === 'part\n', `${name} has read`, 30_000)
    const daemon = t.daemon()!
    await Promise.all([endIdent(identOf(job.child.pid!)!), withDaemon ? endIdent(daemon) : null])
    const view = await ended(t, name)
    expect(view).toMatchObject({ status: 'failed', error: { code: 'INPUT_LOST' }, reason: expect.stringContaining('broke off') })
    expect(said(t, name)).toBe('part\n')
  }
  // Nothing of it is left: no FIFO, no shell that held one open.
  await t.until(() => readdirSync(join(t.home, 'runs')).every((file) => !/stdin|end$/.test(file)), 'the FIFOs are gone')
  expect(await t.here.json(['orphans'])).toEqual([])
})

test('a queued job reads when it begins, and not at all once its caller has died', async () => {
  await t.here.ok(['limits', 'set', '--global', '1'])
  const first = begin(['--name', 'first', '--', 'cat'])
  await reaches(t, 'first', 'running')
  const [second, third] = ['second', 'third'].map((name) => begin(['--name', name, '--', 'cat'])) as [Running, Running]
  second.child.stdin!.end('late\n')
  await reaches(t, 'second', 'pending')
  await reaches(t, 'third', 'pending')
  await endIdent(identOf(third.child.pid!)!)
  first.child.stdin!.end()
  expect(await first.code).toBe(0)
  expect([await second.code, second.stdout()]).toEqual([0, 'late\n'])
  expect(await ended(t, 'third')).toMatchObject({ status: 'failed', error: { code: 'INPUT_LOST' } })
})
