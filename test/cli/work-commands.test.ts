import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { csvLine, RowColumns } from '../../src/cli/output/csv.ts'
import type { HistoryRow, ResultRow } from '../../src/protocol/history.ts'
import type { Method } from '../../src/protocol/requests.ts'
import { view } from '../support/views.ts'
import { type Answers, type Connection, type FakeDaemon, fakeDaemon } from './support/fake-daemon.ts'
import { type CliOptions, cli } from './support/run-cli.ts'

let daemon: FakeDaemon | null = null
afterEach(async () => {
  await daemon?.close()
  daemon = null
})

async function told(answers: Answers, argv: string[], options: CliOptions = {}) {
  await daemon?.close()
  daemon = await fakeDaemon(answers)
  return cli(argv, { home: daemon.home, ...options })
}

const INSIDE = { PTRACK_ID: 'abc123', PTRACK_RUN: '2-run2' }
const who = { id: 'abc123', runId: 'run2' }

describe('a daemon that dies between request and answer', () => {
  /** Of the first request of this kind no answer comes. */
  const dyingOnce = <T>(answer: T) => {
    let died = false
    return (_params: unknown, connection: Connection): T => {
      if (!died) connection.drop()
      died = true
      return answer
    }
  }

  test('a row is sent again with its key, and the next one has another', async () => {
    const { code } = await told({ result: dyingOnce({ index: 1 }) }, ['result', '-'], { env: INSIDE, input: ['1', '2'] })
    const sent = daemon!.requests('result')
    expect([code, sent.map(({ row }) => row)]).toEqual([0, [1, 1, 2]])
    const [first, again, next] = sent.map(({ key }) => key)
    expect(again).toBe(first)
    expect(next).not.toBe(first)
  })

  test('without keys, as of an older daemon, a row is not: it may be there', async () => {
    daemon = await fakeDaemon({ result: dyingOnce({ index: 1 }) })
    daemon.capabilities = []
    const { code, stderr } = await cli(['result', '1'], { home: daemon.home, env: INSIDE })
    expect([code, stderr]).toEqual([
      5,
      'ptrack: cannot know whether `result` was done: the daemon ended before it answered; look with `ptrack results NAME`, and type it again if it was not\n',
    ])
    expect(daemon.requests('result')).toEqual([{ who, row: 1 }])
  })

  test('progress, a step and readiness are what was said last, and are said again', async () => {
    const answers = { progress: dyingOnce(view()), step: dyingOnce(view()), notify: dyingOnce({ accepted: true }) }
    daemon = await fakeDaemon(answers)
    for (const argv of [
      ['progress', '40'],
      ['step', 'a', '--status', 'done'],
      ['notify', '--ready'],
    ]) {
      expect(await cli(argv, { home: daemon.home, env: INSIDE })).toMatchObject({ code: 0, stderr: '' })
      expect(daemon.requests(argv[0] as Method)).toHaveLength(2)
    }
  })

  test('an end is not', async () => {
    const { code, stderr } = await told({ 'track.end': dyingOnce(view()) }, ['track', 'end', 'x'])
    expect([code, stderr]).toEqual([5, expect.stringContaining('cannot know whether `track end` was done')])
    expect(daemon!.requests('track.end')).toHaveLength(1)
  })
})

describe('inside a process', () => {
  test.each<[string[], string, object]>([
    [['progress', '40', '-m', 'parsing'], 'progress', { who, update: { progress: 40, message: 'parsing' } }],
    [
      ['progress', '3/10', '--unit', 'files', '--meta', 'a=1'],
      'progress',
      { who, update: { current: 3, total: 10, unit: 'files', metadata: { a: 1 } } },
    ],
    [['progress', 'none'], 'progress', { who, update: { progress: null, current: null, total: null } }],
    [['progress', '4', '--name', 'other'], 'progress', { who: { target: 'other' }, update: { progress: 4 } }],
    [
      ['step', 's', '--name', 'S', '--parent', 'p', '--status', 'failed', '--error', 'e'],
      'step',
      { who, step: { id: 's', name: 'S', parent: 'p', status: 'failed', error: 'e' } },
    ],
    [['step', 's', '--percent', 'none', '--of', 'other'], 'step', { who: { target: 'other' }, step: { id: 's', percent: null } }],
    [['result', '{"a":[1]}'], 'result', { who, row: { a: [1] }, key: expect.any(String) }],
    [
      ['track', 'update', 'x', '50', '--result', '1'],
      'track.update',
      { who: { target: 'x' }, update: { progress: 50, result: 1 } },
    ],
    [['track', 'end', 'x', '--failed', 'why'], 'track.end', { who: { target: 'x' }, outcome: 'failed', error: 'why' }],
    [['track', 'end', 'x'], 'track.end', { who: { target: 'x' }, outcome: 'done' }],
    [
      ['track', 'start', 'x', '--lease', '5m', '--tag', 't', '--meta', 'a=b'],
      'track.start',
      { definition: { name: 'x', kind: 'external', tags: ['t'], metadata: { a: 'b' } }, leaseMs: 300_000 },
    ],
  ])('%j', async (argv, method, params) => {
    const answers: Answers = {
      progress: () => view(),
      step: () => view(),
      result: () => ({ index: 1 }),
      'track.start': () => ({ id: 'abc123', runId: 'r', resumed: false, view: view() }),
      'track.update': () => ({ wanted: 'go' }),
      'track.end': () => view({ status: 'done' }),
    }
    const ran = await told(answers, argv, { env: INSIDE })
    expect(ran.code).toBe(0)
    expect(daemon!.requests(method as 'progress')).toEqual([params])
  })

  test('result - takes one JSON a line; a bad line is named, with what was added before it', async () => {
    let rows = 0
    const answers: Answers = { result: () => ({ index: ++rows }) }
    expect(await told(answers, ['result', '-', '--json'], { env: INSIDE, input: ['1', '', '{"a":2}'] })).toMatchObject({
      code: 0,
      stdout: '{"index":1}\n{"index":2}\n',
    })
    await daemon!.close()
    const bad = await told(answers, ['result', '-'], { env: INSIDE, input: ['1', '{'] })
    expect(bad.code).toBe(2)
    expect(bad.stderr).toMatch(/cannot read line 2 as JSON: .*; 1 row before it was added; write/)
  })

  test.each([
    [['go'], [], 0, ''],
    [['wait', 'wait', 'go'], [], 0, ''],
    [['wait', 'cancel'], [], 1, 'it is being cancelled'],
    [['wait'], ['--no-wait'], 3, 'this is to pause'],
  ] as const)('checkpoint: %j', async (actions, options, code, words) => {
    const queue = [...actions]
    const ran = await told({ checkpoint: () => ({ action: queue.shift()! }) }, ['checkpoint', ...options], { env: INSIDE })
    expect(ran.code).toBe(code)
    expect(ran.stderr).toContain(words)
    expect(queue).toEqual([])
  })

  test('checkpoint: the daemon goes away while it waits; it goes on waiting for the next one', async () => {
    let asked = 0
    const ran = await told(
      {
        checkpoint: (_params, connection) => {
          asked++
          if (asked === 2) connection.drop()
          return { action: asked < 3 ? 'wait' : 'go' }
        },
      },
      ['checkpoint'],
      { env: INSIDE },
    )
    expect(ran.code).toBe(0)
    expect(asked).toBe(3)
  })

  test('checkpoint without any daemon goes on: work does not end because its supervisor is away', async () => {
    const ran = await cli(['checkpoint'], { home: '/nonexistent/ptrack-test', env: INSIDE })
    expect(ran.code).toBe(0)
    expect(ran.stderr).toContain('the daemon is away; going on')
  })
})

const at = '2026-03-01T12:00:00.000Z'
const rowsOf = (...rows: unknown[]): ResultRow[] => rows.map((row, n) => ({ index: n + 1, at, run: 1, attempt: 1, row }))
const page = (all: ResultRow[], from: number, max: number, ended: boolean) => {
  const rows = all.filter(({ index }) => index >= from).slice(0, max)
  return {
    id: '1',
    name: 'job',
    rows,
    next: from + rows.length,
    more: from + rows.length <= all.length,
    total: all.length,
    ended,
    notices: [],
  }
}

describe('results', () => {
  const list = () => [view({ name: 'job', id: '1' })]
  const all = rowsOf({ a: 1, b: 'x,y' }, { a: null, c: true }, 'text')

  test('pages are read to the end, as a table, JSON lines or CSV', async () => {
    const answers: Answers = { list, results: ({ from }) => page(all, from ?? 1, 2, true) }
    const csv = await told(answers, ['results', 'job', '--format', 'csv'])
    expect(csv.stdout).toBe('run,attempt,a,b,c\n1,1,1,"x,y",\n1,1,,,true\n1,1,,,\n')
    expect(csv.stderr).toContain('row 3 has "value" too')
    const home = daemon!.home
    expect((await cli(['results', 'job', '--format', 'json'], { home })).stdout).toBe(
      '{"a":1,"b":"x,y"}\n{"a":null,"c":true}\n"text"\n',
    )
    expect((await cli(['results', 'job', '--json', '--from', '3'], { home })).stdout).toBe(`${JSON.stringify(all[2])}\n`)
    expect((await cli(['results', 'job'], { home })).stdout).toBe(
      '#  run  attempt  a  b    c\n1    1        1  1  x,y\n2    1        1          true\n3    1        1\n',
    )
  })

  test('a row from before attempts were kept has none; a field that is called like one of ours keeps its name', async () => {
    const [row] = rowsOf({ run: 'fast' })
    const answers: Answers = { list, results: ({ from }) => page([{ ...row!, run: 3, attempt: null }], from ?? 1, 2, true) }
    const ran = await told(answers, ['results', 'job', '--format', 'csv'])
    expect(ran.stdout).toBe('ptrack.run,attempt,run\n3,,fast\n')
  })

  test('--attempts is what the daemon is asked for, and nothing to follow', async () => {
    const answers: Answers = { list, results: ({ from }) => page(all, from ?? 1, 10, true) }
    expect((await told(answers, ['results', 'job', '--attempts', 'last'])).code).toBe(0)
    expect(daemon!.requests('results')).toMatchObject([{ target: 'job', attempts: 'last' }])
    const home = daemon!.home
    const followed = await cli(['results', 'job', '--attempts', 'last', '-f'], { home })
    expect(followed).toMatchObject({ code: 2, stdout: '' })
    expect(followed.stderr).toContain('cannot follow the last attempt')
    expect((await cli(['results', 'job', '--attempts', 'first'], { home })).code).toBe(2)
  })

  test('-f goes on where it was when the daemon was away: each once, to the end', async () => {
    const many = rowsOf(1, 2, 3, 4, 5)
    let asked = 0
    const ran = await told(
      {
        list,
        results: ({ from }, connection) => {
          asked++
          if (asked === 3) connection.drop()
          return page(many.slice(0, asked), from ?? 1, 10, asked >= 6)
        },
      },
      ['results', '-f', 'job', '--format', 'json'],
    )
    expect(ran).toMatchObject({ code: 0, stdout: '1\n2\n3\n4\n5\n' })
    expect(ran.stderr).toContain('reconnecting')
  })

  test('-f ends at Ctrl-C while it waits', async () => {
    const ran = await told(
      { list, results: ({ waitMs }) => (waitMs ? new Promise(() => undefined) : page(rowsOf(1), 1, 10, false)) },
      ['results', '-f', 'job', '--format', 'json'],
      { onOutput: (soFar, interrupt) => soFar.stdout === '1\n' && setImmediate(() => interrupt('SIGINT')) },
    )
    expect(ran).toMatchObject({ code: 0, stdout: '1\n' })
  })

  describe('of several', () => {
    const rows: Record<string, ResultRow[]> = {
      '10': rowsOf({ n: 10 }),
      '9': rowsOf({ n: 9 }, { extra: 'e', n: 99 }),
      '1': [],
    }
    const views = [view({ name: 'web:10', id: '10' }), view({ name: 'web:9', id: '9' }), view({ name: 'web:1', id: '1' })]
    const answers: Answers = {
      list: () => views,
      results: ({ target, from, max }) => ({
        ...page(rows[target]!, from ?? 1, max ?? 1, true),
        id: target,
        name: `web:${target}`,
      }),
    }
    const shown = (id: string) => rows[id]!.map((row) => ({ process: `web:${id}`, id, ...row }))

    test('each row with its process, by name, in the columns of all', async () => {
      const ran = await told(answers, ['results', 'web', '--format', 'csv'])
      expect(ran).toMatchObject({ code: 0, stderr: '' })
      expect(ran.stdout).toBe('process,run,attempt,n,extra\nweb:9,1,1,9,\nweb:9,1,1,99,e\nweb:10,1,1,10,\n')
      const home = daemon!.home
      expect((await cli(['results', 'web'], { home })).stdout).toBe(
        [
          'process  #  run  attempt  n   extra',
          'web:9    1    1        1  9',
          'web:9    2    1        1  99  e',
          'web:10   1    1        1  10',
          '',
        ].join('\n'),
      )
      expect((await cli(['results', 'web', '--format', 'json'], { home })).stdout).toBe(
        '{"n":9}\n{"extra":"e","n":99}\n{"n":10}\n',
      )
      expect(JSON.parse((await cli(['results', 'tag:x', '--json'], { home })).stdout)).toEqual([...shown('9'), ...shown('10')])
    })

    test('an array for a set of one and for none; one object a line for an exact name', async () => {
      const one: Answers = { ...answers, list: () => views.slice(0, 1) }
      for (const target of ['web', 'w*'])
        expect([target, JSON.parse((await told(one, ['results', target, '--json'])).stdout)]).toEqual([target, shown('10')])
      const exact = { ...one, results: () => page(rows['10']!, 1, 9, true) }
      expect((await told(exact, ['results', 'web:10', '--json'])).stdout).toBe(`${JSON.stringify(rows['10']![0])}\n`)
      const none: Answers = { ...answers, list: () => views.slice(2) }
      expect(await told(none, ['results', 'web', '--json'])).toMatchObject({ code: 0, stdout: '[]\n', stderr: '' })
      expect(await told(none, ['results', 'web'])).toMatchObject({ stdout: '', stderr: 'ptrack: no results of web\n' })
    })

    test('cannot be followed, unless it is one', async () => {
      const ran = await told(answers, ['results', 'web', '-f'])
      expect(ran).toMatchObject({ code: 2, stdout: '' })
      expect(ran.stderr).toContain('cannot follow the results of web: 3 processes match it')
      const one: Answers = { ...answers, list: () => views.slice(0, 1) }
      expect(await told(one, ['results', 'web', '-f', '--format', 'json'])).toMatchObject({ code: 0, stdout: '{"n":10}\n' })
    })

    test('--id: of an older process, which has to have that name', async () => {
      const older = (...args: string[]) => told(answers, ['results', ...args, '--id', '9', '--format', 'json'])
      for (const name of ['web', 'web:9']) expect((await older(name)).stdout).toBe('{"n":9}\n{"extra":"e","n":99}\n')
      const other = await older('job')
      expect(other).toMatchObject({ code: 4, stdout: '' })
      expect(other.stderr).toMatch(/cannot find '9': no process named job has this id; `ptrack history job --format json` has/)
    })
  })
})

/** A reader as RFC 4180 describes it. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
  }
  return rows.slice(0, -1)
}

const asText = (field: string): string => (/^[=+\-@\t\r]/.test(field) ? `'${field}` : field)

test('CSV: any text comes back as it was, behind a quote where a spreadsheet would take it for a formula', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.array(fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r', 'é', ' ', '=') }), { minLength: 1, maxLength: 4 }),
      ),
      (rows) => {
        expect(readCsv(rows.map(csvLine).join(''))).toEqual(rows.map((row) => row.map(asText)))
      },
    ),
  )
})

test('columns: a key that is called like a method is a key; later ones are told once', () => {
  const columns = new RowColumns([{ a: 1 }, JSON.parse('{"__proto__":2}')])
  expect(columns.keys).toEqual(['a', '__proto__'])
  expect(columns.values({ toString: 1 })).toEqual([undefined, undefined])
  expect(columns.unknown({ b: 1, a: 2 })).toEqual(['b'])
  expect(columns.unknown({ b: 1 })).toEqual([])
})

const historyRow = (run: number): HistoryRow => ({
  id: 'abc123',
  name: 'job',
  kind: 'job',
  type: 'bench',
  owner: 'root',
  tags: ['a', 'b'],
  run,
  runId: `r${run}`,
  outcome: 'failed',
  reason: 'exit code 1, "quoted"',
  exitCode: 1,
  signal: null,
  startedAt: at,
  endedAt: at,
  durationMs: 1500,
  attempt: 1,
  results: 0,
})

describe('history', () => {
  const answers: Answers = {
    history: ({ cursor, max }) => ({
      rows: [historyRow(cursor ? 1 : 2)].slice(0, max),
      cursor: cursor ? null : 'c',
      notices: cursor ? [] : ['1 line was left out'],
    }),
  }
  test('follows the cursor, tells notices, and stops at the limit', async () => {
    const ran = await told(answers, ['history', 'job', '--status', 'failed,timeout', '--json'])
    expect(JSON.parse(ran.stdout)).toEqual([historyRow(2), historyRow(1)])
    expect(ran.stderr).toBe('ptrack: 1 line was left out\n')
    expect(daemon!.requests('history')).toMatchObject([
      { targets: ['job'], outcome: ['failed', 'timeout'], max: 50 },
      { cursor: 'c', max: 49 },
    ])
    const one = await cli(['history', '-n', '1'], { home: daemon!.home })
    expect(one.stdout.split('\n')).toHaveLength(3)
    expect(one.stderr).toContain('--limit shows more than 1')
  })

  test('CSV has a heading and every field', async () => {
    const ran = await told(answers, ['history', '--format', 'csv', '-n', '1'])
    const [head, row] = readCsv(ran.stdout)
    expect(Object.fromEntries(head!.map((key, n) => [key, row![n]]))).toMatchObject({
      name: 'job',
      reason: 'exit code 1, "quoted"',
      tags: 'a b',
      durationMs: '1500',
    })
  })
})

test('limits: what is given is sent, none as null; the answer is shown', async () => {
  const ran = await told({ 'limits.set': () => ({ global: 8, owners: { ci: 2 }, types: {}, live: 1, queued: 4 }) }, [
    'limits',
    'set',
    '--global',
    '8',
    '--owner',
    'ci',
    '2',
    '--owner',
    'x',
    'none',
    '--type',
    'bench',
    '1',
  ])
  expect(daemon!.requests('limits.set')).toEqual([{ global: 8, owners: { ci: 2, x: null }, types: { bench: 1 } }])
  expect(ran.stdout).toContain('1 live, 4 queued')
})

test('policy and hooks: the request, and a failed test of a hook is exit 1', async () => {
  const ran = await told(
    {
      'policy.set': ({ type, policy }) => ({ type, policy }),
      'hooks.add': ({ on, run }) => ({ id: 'h1', on, run, last: null }),
      'hooks.test': () => ({ ok: false, detail: 'exit 1', tookMs: 5 }),
    },
    ['policy', 'set', 'bench', '--retries', '3', '--max', '60s', '--jitter', 'off', '--timeout', 'none'],
  )
  expect(ran.stdout).toBe('bench: 3 retries, at most 1m apart, jitter off, no timeout\n')
  const home = daemon!.home
  expect((await cli(['hooks', 'add', '--on', 'failed,done', 'exec:a b'], { home })).stdout).toBe(
    'hook h1 added: failed,done exec:a b\n',
  )
  expect(await cli(['hooks', 'test', 'exec:false'], { home })).toMatchObject({ code: 1, stdout: 'it failed (5 ms): exit 1\n' })
  expect(daemon!.requests('hooks.test')).toEqual([{ run: 'exec:false' }])
})
