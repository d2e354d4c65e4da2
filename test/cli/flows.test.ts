import { afterEach, describe, expect, test } from 'vitest'
import { killCode, killLine } from '../../src/cli/commands/kill-orphan/kill-orphan.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { KillResult, LogLine, ProcessView } from '../../src/protocol/view.ts'
import { result, view } from '../support/views.ts'
import { type Answers, type Connection, type FakeDaemon, fakeDaemon } from './support/fake-daemon.ts'
import { cli } from './support/run-cli.ts'

let daemon: FakeDaemon | null = null
afterEach(async () => {
  await daemon?.close()
  daemon = null
})

const line = (text: string, stream: 'out' | 'err' = 'out', process = 'job'): LogLine => ({
  process,
  stream,
  at: null,
  run: 1,
  text,
})
const page = (lines: LogLine[], cursor: string, more = false) => ({ lines, cursor, more, notices: [] })

describe('logs', () => {
  test('pages are read to the end', async () => {
    daemon = await fakeDaemon({
      'logs.read': ({ cursor }) => (cursor === undefined ? page([line('a')], 'c1', true) : page([line('b')], 'c2')),
    })
    expect((await cli(['logs', 'job'], { home: daemon.home })).stdout).toBe('a\nb\n')
    expect(daemon.requests('logs.read')).toMatchObject([{ targets: ['job'], stream: 'both', tail: 20 }, { cursor: 'c1' }])
  })

  test('several names are told apart, --json is one object per line', async () => {
    daemon = await fakeDaemon({ 'logs.read': () => page([line('a', 'out', 'web'), line('b', 'err', 'worker')], 'c') })
    expect((await cli(['logs', 'web', 'worker'], { home: daemon.home })).stdout).toBe('web | a\nworker | b\n')
    const json = await cli(['logs', 'all', '--json'], { home: daemon.home })
    expect(
      json.stdout
        .trimEnd()
        .split('\n')
        .map((one) => JSON.parse(one).text),
    ).toEqual(['a', 'b'])
  })

  test('-f goes on from its cursor when the daemon was away; nothing lost, nothing twice', async () => {
    let connections = 0
    const follow = (connection: Connection): { follow: string } => {
      connections++
      setImmediate(() => {
        if (connections === 1) {
          connection.notify('logs', { follow: 'f1', lines: [line('2')], cursor: 'c2', notices: [] })
          setImmediate(() => connection.drop())
        } else connection.notify('logs', { follow: 'f2', lines: [line('4')], cursor: 'c4', notices: [] })
      })
      return { follow: connections === 1 ? 'f1' : 'f2' }
    }
    daemon = await fakeDaemon({
      'logs.read': ({ cursor }) =>
        cursor === undefined
          ? page([line('1'), { ...line('unfini'), partial: true }], 'c1')
          : page(cursor === 'c2' ? [line('3')] : [line('wrong')], 'c3'),
      'logs.follow': (_params, connection) => follow(connection),
    })
    const ran = await cli(['logs', '-f', 'job'], {
      home: daemon.home,
      onOutput: (soFar, interrupt) => soFar.stdout.endsWith('4\n') && interrupt('SIGINT'),
    })
    expect(ran.stdout).toBe('1\n2\n3\n4\n')
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('reconnecting')
  })
})

/** A job whose life is written down: its output comes in two pieces each stream. */
function job(ended: Partial<ProcessView>, over: Answers = {}): Answers {
  const end = view({ name: 'job', kind: 'job', pid: null, status: 'done', ...ended })
  return {
    start: () => [result({ name: 'job', view: view({ kind: 'job', name: 'job' }) })],
    'logs.bytes': ({ stream, from }) => {
      const text = from !== undefined ? `tail of ${stream}` : `${stream}\n`
      const at = from ?? 100
      return { data: btoa(text), from: at, next: at + text.length, lost: 0, ended: from !== undefined }
    },
    wait: () => [result({ view: end })],
    list: () => [end],
    cancel: () => [result()],
    signal: () => [result()],
    ...over,
  }
}

describe('run', () => {
  test.each([
    [{ exitCode: 0 }, 0],
    [{ status: 'failed', exitCode: 7, error: { code: 'EXITED', message: 'exit code 7' } }, 7],
    [{ status: 'failed', signal: 'SIGTERM', error: { code: 'MEMORY_LIMIT', message: 'used 70 MB' } }, 143],
    [{ status: 'failed', signal: 'SIGKILL' }, 137],
    [{ status: 'failed', error: { code: 'NOT_FOUND_COMMAND', message: 'cannot start job: x does not exist' } }, 127],
    [{ status: 'failed', error: { code: 'NOT_EXECUTABLE', message: 'cannot start job: x is not executable' } }, 126],
    [{ status: 'interrupted' }, 1],
  ] as [Partial<ProcessView>, number][])('ended as %j: exit %i', async (ended, code) => {
    daemon = await fakeDaemon(job(ended))
    const ran = await cli(['run', '--', 'x'], { home: daemon.home })
    expect(ran.code).toBe(code)
    expect(ran.stdout).toBe('out\ntail of out')
    expect(ran.stderr).toMatch(/^err\ntail of err/)
    // The program's own failure is its own words' business.
    if (ended.exitCode === 7) expect(ran.stderr).toBe('err\ntail of err')
    if (ended.error?.code === 'MEMORY_LIMIT') expect(ran.stderr).toBe('err\ntail of errptrack: used 70 MB\n')
    expect(daemon.requests('logs.bytes').filter(({ stream }) => stream === 'out')).toMatchObject([
      { run: 1 },
      { run: 1, from: 104 },
    ])
  })

  test('Ctrl-C cancels and is exit 130, a second one kills', async () => {
    let end: () => void = () => undefined
    const over = new Promise<void>((resolve) => {
      end = resolve
    })
    daemon = await fakeDaemon(
      job(
        { status: 'cancelled', signal: 'SIGTERM' },
        {
          // Its output does not end before it does.
          'logs.bytes': async ({ stream, from }) => {
            if (from !== undefined) await over
            return { data: btoa(stream), from: 0, next: 3, lost: 0, ended: from !== undefined }
          },
          wait: async () => {
            await over
            return [result()]
          },
          signal: () => {
            end()
            return [result()]
          },
        },
      ),
    )
    let presses = 0
    const ran = await cli(['run', '--', 'x'], {
      home: daemon.home,
      onOutput: (soFar, interrupt) => {
        if (presses < 2 && soFar.stdout !== '') setImmediate(() => presses++ < 2 && interrupt('SIGINT'))
      },
    })
    expect(ran.code).toBe(130)
    expect(ran.stderr).toContain('Ctrl-C again kills it')
    expect(daemon.requests('cancel')).toHaveLength(1)
    expect(daemon.requests('signal')).toMatchObject([{ signal: 'SIGKILL' }])
  })

  test('a taken name gets a suffix, unless it was chosen', async () => {
    const taken: Answers = job(
      { exitCode: 0 },
      {
        start: ({ definition }) => {
          if (definition!.name === 'x')
            throw new PtrackError('DUPLICATE_NAME', 'cannot define x: it exists', { hint: 'another name' })
          return [result({ name: definition!.name })]
        },
      },
    )
    daemon = await fakeDaemon(taken)
    expect((await cli(['run', '-d', '--', 'x'], { home: daemon.home })).stdout).toMatch(/^x-[0-9a-f]{6} abc123\n$/)
    expect((await cli(['run', '-d', '--name', 'x', '--', 'x'], { home: daemon.home })).code).toBe(2)
  })
})

test.each([
  [result({ view: view({ status: 'done' }) }), 0],
  [result({ view: view({ status: 'failed', exitCode: 2 }) }), 1],
  [result({ ok: false, error: { code: 'TIMED_OUT', message: 'cannot wait longer' } }), 6],
  [result({ ok: false, error: { code: 'UNHEALTHY', message: 'cannot become healthy' } }), 3],
])('wait: %#', async (answer, code) => {
  daemon = await fakeDaemon({ wait: () => [answer] })
  expect((await cli(['wait', 'web'], { home: daemon.home })).code).toBe(code)
})

test('kill-orphan carries the identity that was listed, and names what is not listed', async () => {
  const orphan = {
    pid: 77,
    startTime: '2026-01-01T00:00:00Z',
    kind: 'escaped' as const,
    process: 'web',
    command: 'x',
    ports: [],
    since: '2026-01-01T00:00:00Z',
    evidence: 'e',
    identity: 'ident-77',
  }
  daemon = await fakeDaemon({
    orphans: () => [orphan],
    'kill-orphan': () => [{ pid: 77, result: 'terminated', signal: 'SIGTERM', tookMs: 3, reason: null }],
  })
  const ran = await cli(['kill-orphan', '77', '78'], { home: daemon.home })
  expect(ran).toMatchObject({ code: 0, stdout: '77 terminated by SIGTERM in 3ms\n' })
  expect(daemon.requests('kill-orphan')).toMatchObject([{ identities: ['ident-77'], targets: ['78'], callerPid: process.pid }])
})

test('kill-orphan: refused weighs most, a rehearsal is no refusal', () => {
  const one = (over: Partial<KillResult>): KillResult => ({
    pid: 1,
    result: 'terminated',
    signal: null,
    tookMs: 0,
    reason: null,
    ...over,
  })
  expect(killCode([one({}), one({ result: 'already-gone' })])).toBe(0)
  expect(killCode([one({ result: 'alive' })])).toBe(1)
  expect(killCode([one({ result: 'alive' }), one({ result: 'refused', reason: 'pid 1' })])).toBe(8)
  const rehearsed = one({ result: 'alive', reason: 'would be ended (stray: its marker)', dryRun: true })
  expect(killCode([rehearsed])).toBe(0)
  expect(killLine(rehearsed)).toBe('1 would be ended (stray: its marker)')
})
