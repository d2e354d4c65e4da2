/** `ptrack run` in the foreground gives exactly the bytes that the program wrote, whatever they are and whatever happens meanwhile. */
import { spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { load } from '../support/effort.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const sha = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex')
/** What a failure shows instead of megabytes. */
const digest = (bytes: Buffer): { length: number; sha: string } => ({ length: bytes.length, sha: sha(bytes) })

/** The CLI with its streams as bytes. */
function cli(args: string[]) {
  const child = spawn(process.execPath, [cliFile, ...args], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  const chunks: Record<'out' | 'err', Buffer[]> = { out: [], err: [] }
  child.stdout.on('data', (bytes: Buffer) => chunks.out.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => chunks.err.push(bytes))
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  return { child, ended, out: () => Buffer.concat(chunks.out), err: () => Buffer.concat(chunks.err) }
}

async function exact(args: string[]): Promise<{ code: number | null; out: Buffer; err: Buffer }> {
  const running = cli(args)
  return { code: await running.ended, out: running.out(), err: running.err() }
}

/**
 * A program that writes pseudo-random bytes in pieces of many sizes to both streams, with pauses, and tells in a file what
 * they were. Any byte may stand there: newlines, zeros, halves of characters.
 */
function writer(name: string, options: { pieces: number; pauseMs: number }): string[] {
  const script = join(t.dir, `${name}.py`)
  writeFileSync(
    script,
    `import hashlib, json, os, random, time
chance = random.Random(7)
sums = {1: hashlib.sha256(), 2: hashlib.sha256()}
sizes = {1: 0, 2: 0}
for n in range(${options.pieces}):
    fd = chance.choice((1, 1, 2))
    data = chance.randbytes(chance.choice((1, 30, 900, 9000)))
    sums[fd].update(data)
    sizes[fd] += len(data)
    while data:
        data = data[os.write(fd, data):]
    time.sleep(${options.pauseMs / 1000})
with open("${name}.told", "w") as told:
    json.dump([{"length": sizes[fd], "sha": sums[fd].hexdigest()} for fd in (1, 2)], told)
`,
  )
  return ['python3', script]
}
const told = (name: string): unknown => JSON.parse(readFileSync(join(t.dir, `${name}.told`), 'utf8'))

describe('whatever the bytes are', () => {
  test.each([
    ['no newline at the end', 'no newline at the end'],
    ['only a newline', '\n'],
    ['nothing', ''],
    ['a progress bar', '10%\r20%\r100%\rdone\r\nWindows lines\r\n\r\r\n'],
    ['halves of characters', Buffer.from([0x67, 0xc3, 0x0a, 0xbc, 0xff, 0xfe, 0x00, 0xf0, 0x9f, 0x0a, 0x80])],
    ['a byte order mark', '\ufefftext'],
    ['a line of 300 KB', `${'x'.repeat(300_000)}\n`],
    ['a line of 300 KB without an end', 'ü'.repeat(150_000)],
  ] as [string, string | Buffer][])('%s', async (_what, content) => {
    const bytes = Buffer.from(content as string)
    writeFileSync(join(t.dir, 'bytes'), bytes)
    const { code, out, err } = await exact(['run', '--', 'sh', '-c', 'cat bytes; cat bytes >&2; exit 5'])
    expect(digest(out)).toEqual(digest(bytes))
    expect(digest(err)).toEqual(digest(bytes))
    expect(code).toBe(5)
  })

  test('random bytes on both streams at once', async () => {
    const content = { out: randomBytes(3_000_001), err: randomBytes(2_000_003) }
    writeFileSync(join(t.dir, 'random.out'), content.out)
    writeFileSync(join(t.dir, 'random.err'), content.err)
    const { code, out, err } = await exact(['run', '--', 'sh', '-c', 'cat random.err >&2 & cat random.out; wait'])
    expect({ code, out: digest(out), err: digest(err) }).toEqual({ code: 0, out: digest(content.out), err: digest(content.err) })
  })

  test('with --json they all go to stderr', async () => {
    const { out, err } = await exact(['run', '--json', '--', 'printf', 'a\\rb'])
    expect(err.toString()).toBe('a\rb')
    expect(JSON.parse(out.toString())).toMatchObject({ status: 'done' })
  })
})

test('a prompt without a newline is seen while the program waits for the answer', async () => {
  const running = cli(['run', '--', 'sh', '-c', 'printf "name? "; while [ ! -e answer ]; do sleep 0.1; done; printf "thanks"'])
  await t.until(() => running.out().toString() === 'name? ', 'the question is here')
  writeFileSync(join(t.dir, 'answer'), '')
  expect(await running.ended).toBe(0)
  expect(running.out().toString()).toBe('name? thanks')
})

test('every attempt of a retried job, one after the other, none of an earlier job of that name', async () => {
  await t.here.ok(['run', '--name', 'reused', '--', 'printf', 'of another life'])
  await t.here.ok(['delete', 'reused'])
  const script = 'echo x >> tries; n=$(wc -l < tries); printf "out $n;"; printf "err $n;" >&2; test $n -ge 3'
  const { code, out, err } = await exact(['run', '--retries', '5', '--name', 'reused', '--', 'sh', '-c', script])
  expect({ code, out: out.toString(), err: err.toString() }).toEqual({
    code: 0,
    out: 'out 1;out 2;out 3;',
    err: 'err 1;err 2;err 3;',
  })
})

test('over rotations nothing is lost or doubled', async () => {
  const command = writer('rotated', { pieces: load(3000, 1500), pauseMs: 1 })
  const { code, out, err } = await exact(['run', '--name', 'rotated', '--log-max', '512k', '--log-keep', '100', '--', ...command])
  expect({ code, streams: [digest(out), digest(err)] }).toEqual({ code: 0, streams: told('rotated') })
  const archives = readdirSync(join(t.home, 'logs')).filter((file) => /^rotated\.out\.log\.\d+/.test(file))
  expect(archives.length, 'it was rotated meanwhile').toBeGreaterThan(1)
})

test('what rotation drops before it could be read is told', async () => {
  const script = 'head -c 3000000 /dev/zero; touch headed; while [ ! -e read-on ]; do sleep 0.1; done; printf end'
  const running = cli(['run', '--name', 'hasty', '--log-max', '64k', '--log-keep', '0', '--', 'sh', '-c', script])
  // Its reader sleeps.
  running.child.stdout.pause()
  await t.until(
    () => existsSync(join(t.dir, 'headed')) && statSync(t.logFile('hasty')).size < 64 * 1024,
    'the log has been rotated',
  )
  running.child.stdout.resume()
  writeFileSync(join(t.dir, 'read-on'), '')
  expect(await running.ended).toBe(0)
  expect(running.out().length).toBeLessThan(3_000_003)
  expect(running.err().toString()).toMatch(/^(ptrack: \S+ \S+ of hasty's stdout were rotated away unread\n)+$/)
  expect(running.out().subarray(-3).toString()).toBe('end')
})

test('over two daemons killed with kill -9 nothing is lost or doubled', async () => {
  const command = writer('outlives', { pieces: 2500, pauseMs: 2 })
  const running = cli(['run', '--name', 'outlives', '--log-max', '1m', '--log-keep', '100', '--', ...command])
  for (const bytes of [200_000, 2_000_000]) {
    await t.until(() => running.out().length > bytes, `${bytes} bytes have come`, 40_000)
    await t.killDaemon()
  }
  expect(await running.ended).toBe(0)
  expect(digest(running.out())).toEqual((told('outlives') as unknown[])[0])
  const notes = 'ptrack: the daemon is gone, reconnecting; the job goes on\n'
  const parts = running.err().toString('latin1').split(notes)
  expect(parts.length).toBe(3)
  expect(digest(Buffer.from(parts.join(''), 'latin1'))).toEqual((told('outlives') as unknown[])[1])
})

describe('a slow reader', () => {
  const highWater = (pid: number): number => {
    const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    return Number(line?.[1]) / 1024
  }
  const MB = 1024 * 1024

  /** It has taken all that it will take from the daemon while nobody reads it: for ten looks it has used no processor time. */
  async function untilIdle(pid: number): Promise<void> {
    const used = (): string =>
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')
        .slice(11, 13)
        .join()
    let last = ''
    let same = 0
    await t.until(() => {
      const now = used()
      same = now === last ? same + 1 : 0
      last = now
      return same === 10
    }, 'the CLI waits for its reader')
  }

  interface Read {
    expected: number
    /** Awaited after the first bytes; until then nothing more is read. */
    meanwhile?: () => Promise<unknown>
    /** It has no end of its own. */
    endless?: boolean
  }

  /** Answers what came, and the most (MB) that the CLI needed before the last MB of it. */
  async function slowly(args: string[], { expected, meanwhile, endless }: Read): Promise<{ sha: string; peak: number }> {
    const child = spawn(process.execPath, [cliFile, ...args], { cwd: t.dir, env: t.env, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
    const sum = createHash('sha256')
    let length = 0
    let peak = 0
    for await (const chunk of child.stdout as AsyncIterable<Buffer>) {
      if (length === 0 && meanwhile) {
        await meanwhile()
        await untilIdle(child.pid!)
      }
      sum.update(chunk)
      const before = length
      length += chunk.length
      if (before < expected - MB && length >= expected - MB) peak = highWater(child.pid!)
      if (endless && length >= expected) child.kill('SIGINT')
    }
    expect(await ended).toBe(0)
    return { sha: sum.digest('hex'), peak }
  }

  /** A file of random megabytes. */
  function much(megabytes: number): { sha: string } {
    const sum = createHash('sha256')
    for (let n = 0; n < megabytes; n++) {
      const piece = randomBytes(MB)
      sum.update(piece)
      writeFileSync(join(t.dir, 'much'), piece, { flag: n === 0 ? 'w' : 'a' })
    }
    return { sha: sum.digest('hex') }
  }

  test('of a job gets all 120 MB, and the CLI does not hold them', async () => {
    const content = much(120)
    const idle = await slowly(['run', '--', 'head', '-c', String(2 * MB), 'much'], { expected: 2 * MB })
    const meanwhile = (): Promise<unknown> =>
      t.until(async () => (await t.ls('vast'))?.status === 'done', 'the job has written all', 40_000)
    const got = await slowly(['run', '--name', 'vast', '--log-max', '300m', '--', 'cat', 'much'], {
      expected: 120 * MB,
      meanwhile,
    })
    expect(got.sha).toBe(content.sha)
    // Garbage of some replies, but far from all.
    expect(got.peak - idle.peak, `peak ${got.peak} MB, ${idle.peak} MB with little output`).toBeLessThan(90)
  })

  const LINE = 400
  const REST = 'x'.repeat(LINE - 14)
  /** `count` numbered lines. */
  const lines = (count: number): string => `seq -f "%012.0f ${REST}" 0 ${count - 1}`
  function numbered(count: number, before = ''): { sha: string } {
    const sum = createHash('sha256').update(before)
    for (let n = 0; n < count; n++) sum.update(`${String(n).padStart(12, '0')} ${REST}\n`)
    return { sha: sum.digest('hex') }
  }
  const COUNT = load(250_000, 120_000)

  test('of `logs` gets every line, and the CLI does not hold them', async () => {
    await t.ok(['run', '--name', 'wordy', '--log-max', '300m', '-d', '--', 'sh', '-c', lines(COUNT)])
    await t.here.ok(['wait', 'wordy'])
    const idle = await slowly(['logs', 'wordy', '-n', '5000'], { expected: 5000 * LINE })
    const got = await slowly(['logs', 'wordy', '--run', '1'], { expected: COUNT * LINE, meanwhile: async () => undefined })
    expect(got.sha).toBe(numbered(COUNT).sha)
    expect(got.peak - idle.peak, `peak ${got.peak} MB, ${idle.peak} MB with few lines`).toBeLessThan(90)
  })

  test('of `logs -f` gets every line, and the CLI does not hold them', async () => {
    const script = `echo ready; while [ ! -e write ]; do sleep 0.1; done; ${lines(COUNT)}`
    await t.ok(['run', '--name', 'talks', '--log-max', '300m', '-d', '--', 'sh', '-c', script])
    const meanwhile = async (): Promise<void> => {
      writeFileSync(join(t.dir, 'write'), '')
      await t.here.ok(['wait', 'talks'])
    }
    const got = await slowly(['logs', '-f', 'talks'], { expected: 6 + COUNT * LINE, meanwhile, endless: true })
    expect(got.sha).toBe(numbered(COUNT, 'ready\n').sha)
    expect(got.peak, `peak ${got.peak} MB`).toBeLessThan(150)
  })
})
