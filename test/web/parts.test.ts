/** The page's own reckoning: colours of logs, tables and CSV of results, addresses, controls by role, what is told. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultRow } from '../../src/protocol/history.ts'
import type { Health, Role, Status } from '../../src/protocol/names.ts'
import type { AuditEntry } from '../../src/protocol/overview.ts'
import type { ProcessView, WhyView } from '../../src/protocol/view.ts'
import { plainText, spansOf } from '../../src/web/ansi.ts'
import { checkBars } from '../../src/web/drawings.ts'
import { actionsFor } from '../../src/web/rights.ts'
import { linkTo, linkToRun, parseRoute } from '../../src/web/route.ts'
import { besideAfter, between, rowAfter, rowKeyOf } from '../../src/web/row-keys.ts'
import { countsOf, orderOf, queryOf, select, selectionOf } from '../../src/web/selection.ts'
import { readSettings } from '../../src/web/settings.ts'
import { activeWork, endedWork, learn, newsOf, nothing, sampleLoads } from '../../src/web/store.ts'
import { cellText, columnsOf, groupRows, numericColumns, ofLastAttempts, tableOf } from '../../src/web/table.ts'
import { withFullName } from '../../src/words/full-names.ts'
import { groupsOf } from '../../src/words/groups.ts'
import { turnsOf } from '../../src/words/happenings.ts'
import { held, type ListRow, rowsOf } from '../../src/words/list-rows.ts'
import { makeView } from '../api/support/wire.ts'
import { runs } from '../support/effort.ts'

const job = (name: string, more: Partial<ProcessView> = {}): ProcessView => makeView(name, name, { kind: 'job', ...more })
const rows = (...values: unknown[]): ResultRow[] =>
  values.map((row, i) => ({ index: i + 1, at: '2030-01-01T00:00:00.000Z', run: 1, attempt: 1, row }))

describe('ansi', () => {
  test.each([
    ['plain', 'a <b>b</b>', [['a <b>b</b>', '']]],
    [
      'a colour and its end',
      '\x1b[32mok\x1b[0m no',
      [
        ['ok', 'fg-2'],
        [' no', ''],
      ],
    ],
    ['several at once', '\x1b[1;4;31;44mx', [['x', 'bold underline fg-1 bg-4']]],
    ['bright ones', '\x1b[91;102mx', [['x', 'fg-9 bg-10']]],
    [
      '256 colours',
      '\x1b[38;5;3mx\x1b[38;5;200my',
      [
        ['x', 'fg-3'],
        ['y', ''],
      ],
    ],
    ['24 bits take their numbers with them', '\x1b[38;2;1;4;31mx', [['x', '']]],
    [
      'a cursor, a title and a link do nothing',
      'a\x1b[2Jb\x1b]0;title\x07c\x1b]8;;http://evil\x1b\\d',
      [
        ['a', ''],
        ['b', ''],
        ['c', ''],
        ['d', ''],
      ],
    ],
    [
      'colons: one parameter for one colour',
      '\x1b[38:2::255:0:4mx\x1b[48:2::1:1:31my\x1b[38:5:2mz',
      [
        ['x', ''],
        ['y', ''],
        ['z', 'fg-2'],
      ],
    ],
    [
      'an underline that is turned off with a colon',
      '\x1b[4mx\x1b[4:0my',
      [
        ['x', 'underline'],
        ['y', ''],
      ],
    ],
    ['a setting of the keyboard is no colour', '\x1b[>4;1mx', [['x', '']]],
    ['one that is cut off', 'a\x1b', [['a', '']]],
  ])('%s', (_what, line, spans) => {
    expect(spansOf(line).map(({ text, className }) => [text, className])).toEqual(spans)
  })

  test('whatever is printed, no control character is left, and classes are ours', () => {
    const bytes = fc.string({
      unit: fc.constantFrom('\x1b', '[', ']', 'm', ';', '3', '1', 'x', '<', '\x07', '\x9b', '\t', '\\', 'é'),
    })
    fc.assert(
      fc.property(bytes, (line) => {
        for (const { text, className } of spansOf(line)) {
          expect(text).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f-\x9f]/)
          expect(className).toMatch(/^((bold|dim|italic|underline|[fb]g-\d+) ?)*$/)
        }
        expect(
          spansOf(line)
            .map(({ text }) => text)
            .join(''),
        ).toBe(plainText(line))
      }),
      { numRuns: runs(500) },
    )
  })
})

describe('results', () => {
  test('columns in the order in which they come; what is no object is a value', () => {
    expect(columnsOf(rows({ a: 1 }, { b: 2, a: 3 }, 7))).toEqual(['a', 'b', 'value'])
    expect([undefined, null, 0, 'x', { a: [1] }].map(cellText)).toEqual(['', '', '0', 'x', '{"a":[1]}'])
  })

  test('the table to be written has every field; one that is called like one of ours keeps its name', () => {
    expect(tableOf(rows({ name: 'a', n: -1 }, 'text'))).toEqual([
      ['index', 'at', 'run', 'attempt', 'name', 'n', 'value'],
      [1, '2030-01-01T00:00:00.000Z', 1, 1, 'a', -1, undefined],
      [2, '2030-01-01T00:00:00.000Z', 1, 1, undefined, undefined, 'text'],
    ])
    expect(tableOf(rows({ run: 7, at: 'home' }))[0]).toEqual(['index', 'ptrack.at', 'ptrack.run', 'attempt', 'run', 'at'])
  })

  test('means are taken over the last attempt of a job that was retried', () => {
    const [one, two, three, four] = rows({ m: 'a', acc: 0 }, { m: 'b', acc: 0 }, { m: 'a', acc: 1 }, { m: 'b', acc: 1 })
    const again = { run: 2, attempt: 2 }
    expect(ofLastAttempts([one!, two!])).toEqual([one, two])
    const all = [one!, two!, { ...three!, ...again }, { ...four!, ...again }]
    expect(groupRows(ofLastAttempts(all), 'acc', 'm', null)).toEqual([
      { key: 'a', mean: 1, count: 1 },
      { key: 'b', mean: 1, count: 1 },
    ])
  })

  test('means by one field and by two', () => {
    const all = rows({ m: 'a', p: 1, acc: 0.5 }, { m: 'a', p: 2, acc: 1 }, { m: 'b', p: 1, acc: 0 }, { m: 'b', acc: 'none' })
    expect(numericColumns(all)).toEqual(['p', 'acc'])
    expect(groupRows(all, 'acc', 'm', null)).toEqual([
      { key: 'a', mean: 0.75, count: 2 },
      { key: 'b', mean: 0, count: 1 },
    ])
    expect(groupRows(all, 'acc', 'm', 'p').map(({ key }) => key)).toEqual(['a · 1', 'a · 2', 'b · 1'])
  })
})

test('an address leads back to the process, whatever it is called', () => {
  for (const name of ['web', 'a:0', 'a%b', '../x', '<b>', 'ü'])
    expect(parseRoute(linkTo(name, 'log'))).toEqual({ page: 'process', name, tab: 'log', query: {} })
  expect(parseRoute(linkToRun('a', 7))).toEqual({ page: 'process', name: 'a', tab: 'runs', query: { run: '7' } })
  expect(parseRoute('#/process/%zz')).toEqual({ page: 'process', name: '%zz', tab: 'overview', query: {} })
  for (const wrong of ['', '#', '#/nope', '#/process/', '#code=x']) expect(parseRoute(wrong)).toMatchObject({ page: 'overview' })
})

test('controls: what the status takes, and nothing for whom it is not', () => {
  const session = (role: Role, user = 'me') => ({ role, user, version: '1' })
  const service = makeView('s', 's')
  expect(actionsFor(session('admin', 'boss'), service)).toEqual(['restart', 'pause', 'stop'])
  expect(actionsFor(session('operator'), service)).toEqual(['restart', 'pause', 'stop'])
  expect(actionsFor(session('operator', 'other'), service)).toEqual([])
  expect(actionsFor(session('viewer'), service)).toEqual([])
  const admin = session('admin')
  expect(actionsFor(admin, job('j'))).toEqual(['pause', 'cancel'])
  expect(actionsFor(admin, job('j', { reason: 'pausing' }))).toEqual(['resume', 'cancel'])
  expect(actionsFor(admin, job('j', { status: 'paused' }))).toEqual(['resume', 'cancel'])
  expect(actionsFor(admin, job('j', { status: 'pending' }))).toEqual(['cancel'])
  expect(actionsFor(admin, job('j', { status: 'failed' }))).toEqual(['start', 'delete'])
  expect(actionsFor(admin, makeView('e', 'e', { kind: 'external', status: 'done' }))).toEqual(['delete'])
})

test('what is kept in the browser is read field by field', () => {
  const defaults = readSettings(null)
  for (const text of ['', '{', '[]', '7', '{"theme":"pink","resultRows":0,"sound":"yes","density":"none","letters":0}'])
    expect(readSettings(text)).toEqual(defaults)
  expect(readSettings('{"theme":"dark","resultRows":7,"sound":true,"density":"compact","letters":false}')).toEqual({
    ...defaults,
    theme: 'dark',
    resultRows: 7,
    sound: true,
    density: 'compact',
    letters: false,
  })
})

test('the list: filters, counts, search and order, all of it by its address', () => {
  const views = [
    makeView('1', 'w10', { cpuPercent: 5 }),
    makeView('2', 'w9', { cpuPercent: 50, tags: ['edge'] }),
    job('done', { status: 'done' }),
    job('bad', { status: 'failed', command: ['python3', 'train.py'], owner: 'ann' }),
    job('wait', { status: 'pending' }),
    makeView('3', 'shop/api', { status: 'retrying' }),
  ].map(withFullName)
  expect(countsOf(views)).toEqual({ all: 6, attention: 1, running: 2, starting: 1, waiting: 1, paused: 0, ended: 2 })
  const names = (query: string) => {
    const { query: read } = parseRoute(`#/processes?${query}`) as { query: Record<string, string> }
    return select(views, selectionOf(read)).map(({ name }) => name)
  }
  expect(names('status=running')).toEqual(['w9', 'w10'])
  expect(names('sort=cpu')[0]).toBe('w9')
  expect(names('sort=cpu-').at(-1)).toBe('w9')
  expect(names('')[0]).toBe('bad')
  expect(names('q=TRAIN')).toEqual(['bad'])
  expect(names('q=edge')).toEqual(['w9'])
  expect(names('q=waiting')).toEqual(['wait'])
  expect(names('project=edge')).toEqual(['w9'])
  expect(names('project=shop')).toEqual(['shop/api'])
  expect(names('owner=ann')).toEqual(['bad'])
  expect(names('status=pink&sort=pink&group=pink')).toHaveLength(6)
  const chosen = selectionOf({ status: 'ended', q: 'a b', sort: 'cpu-', group: 'owner', project: 'x', owner: 'y' })
  expect(selectionOf(queryOf(chosen) as Record<string, string>)).toEqual(chosen)
  expect(queryOf(selectionOf({}))).toEqual({})
})

describe('rows of the list', () => {
  const set = (index: number, more: Partial<ProcessView> = {}): ProcessView =>
    makeView(`i${index}`, `api:${index}`, { instance: { of: 'api', index }, ...more })
  const views = [set(1), set(0, { health: 'unhealthy' }), makeView('w', 'web'), job('x', { tags: ['ml'], status: 'failed' })]
  const layout = (more: object = {}) => ({
    group: 'project' as const,
    order: orderOf({ sort: 'status', reverse: false }),
    closed: new Set<string>(),
    opened: new Set<string>(),
    ...more,
  })
  const keys = (more: object = {}) => rowsOf(views, layout(more)).map(({ key }) => key)

  test('groups with their headings, sets folded until they are looked into, then by their index', () => {
    expect(keys()).toEqual(['project ml', 'x', 'project ', 'set api', 'w'])
    expect(keys({ opened: new Set(['set api']) })).toEqual(['project ml', 'x', 'project ', 'set api', 'i0', 'i1', 'w'])
    expect(keys({ closed: new Set(['project ']) })).toEqual(['project ml', 'x', 'project '])
    expect(keys({ group: 'none' })).toEqual(['set api', 'x', 'w'])
  })

  test('while they are held nothing moves: what is gone leaves, what is new comes to its neighbour', () => {
    const rows = rowsOf(views, layout({ group: 'none' }))
    const places = (...keys: string[]) => held(rows, keys)
    expect(places('set api', 'x', 'w')).toMatchObject({ moved: 0 })
    const turned = places('w', 'set api', 'x', 'gone')
    expect([turned.rows.map(({ key }) => key), turned.moved]).toEqual([['w', 'set api', 'x'], 3])
    expect(places('w').rows.map(({ key }) => key)).toEqual(['set api', 'x', 'w'])
    expect(places().moved).toBe(0)
  })

  test('whatever was and is there, each row stands there once', () => {
    const some = fc.subarray(['x', 'set api', 'w', 'gone', 'other'])
    fc.assert(
      fc.property(some, (before) => {
        const rows = rowsOf(views, layout({ group: 'none' }))
        const after = held(rows, before).rows.map(({ key }) => key)
        expect(after.toSorted()).toEqual(rows.map(({ key }) => key).toSorted())
        const kept = before.filter((key) => after.includes(key))
        expect(after.filter((key) => kept.includes(key))).toEqual(kept)
      }),
      { numRuns: runs(300) },
    )
  })
})

describe('keys of the list', () => {
  const some = [
    makeView('a', 'a'),
    makeView('b', 'b', { crashLoop: true }),
    makeView('c', 'c', { health: 'unhealthy' }),
    job('d'),
  ]
  const rows: ListRow[] = [
    { kind: 'group', key: 'g', group: groupsOf(some, 'project', () => 0)[0]!, folded: false },
    ...some.map((view): ListRow => ({ kind: 'process', key: view.id, view, child: false })),
  ]

  test.each<[key: string, from: number, to: number | null]>([
    ['j', 1, 2],
    ['ArrowDown', 4, 4],
    ['k', 0, 0],
    ['PageDown', 0, 4],
    ['Home', 3, 0],
    ['End', -1, 4],
    ['e', -1, 2],
    ['e', 2, 3],
    ['e', 3, 2],
    ['z', 1, null],
  ])('%s from row %d leads to %s', (key, from, to) => {
    expect(rowAfter(key, true, rows, from)).toBe(to)
    expect(rowAfter(key, true, [], from)).toBeNull()
    if (/^[a-z]$/.test(key)) expect(rowAfter(key, false, rows, from)).toBeNull()
  })

  test('what needs nobody is not looked for; beside the list one goes from process to process, and marks from one to another', () => {
    expect(rowAfter('e', true, [rows[0]!, rows[1]!], -1)).toBeNull()
    expect(['[', ']', 'j'].map((key) => besideAfter(key, rows, 'b'))).toEqual(['a', 'c', null])
    expect([besideAfter('[', rows, 'a'), besideAfter(']', rows, 'd'), besideAfter(']', rows, 'gone')]).toEqual([null, null, null])
    expect(between(rows, 'b', 'd')).toEqual(['b', 'c', 'd'])
    expect(between(rows, 'c', 'a')).toEqual(['a', 'b', 'c'])
    expect([between(rows, null, 'c'), between(rows, 'gone', 'c')]).toEqual([['c'], ['c']])
  })

  test('letters act where they are switched on; space only on a name', () => {
    Object.assign(globalThis, { HTMLInputElement: class {}, HTMLSelectElement: class {}, HTMLTextAreaElement: class {} })
    const on = (isName: boolean) => ({ matches: (selector: string) => isName && selector === 'a.name' })
    const key = (name: string, more: object = {}) => ({ key: name, target: on(true), ...more }) as unknown as KeyboardEvent
    expect(rowKeyOf(key('x'), true)).toEqual({ kind: 'act', actions: ['stop', 'cancel'] })
    expect(rowKeyOf(key('x'), false)).toBeNull()
    expect(rowKeyOf(key('x', { ctrlKey: true }), true)).toBeNull()
    expect(rowKeyOf(key(' ', { shiftKey: true }), false)).toEqual({ kind: 'mark', range: true })
    expect(rowKeyOf(key(' ', { target: on(false) }), true)).toBeNull()
  })
})

describe('what happened to a process', () => {
  const turn = (minute: number, status: Status, run: number, reason: string | null = null, health?: Health) => ({
    at: `2030-01-02T12:${String(minute).padStart(2, '0')}:00.000Z`,
    status,
    run,
    reason,
    ...(health && { health }),
  })
  const asked = (minute: number, command: string[]): AuditEntry => ({
    ...{
      at: `2030-01-02T12:${String(minute).padStart(2, '0')}:00.000Z`,
      method: 'restart',
      targets: ['web'],
      processes: ['web'],
    },
    ...{ by: 'ann', token: null, client: 'cli', command, detail: null },
  })
  const said = (timeline: WhyView['timeline'], actions: AuditEntry[] = []) =>
    turnsOf({ timeline, actions }, 20).map(({ what, why, count }) => `${what} ${why}${count > 1 ? ` x${count}` : ''}`)

  test('newest first, what was asked for before what it led to, a state not said twice', () => {
    const timeline = [
      turn(1, 'running', 1),
      turn(2, 'running', 1, 'unhealthy: GET / answered 503', 'unhealthy'),
      turn(3, 'completing', 1),
    ]
    expect(said(timeline, [asked(3, ['restart', 'web'])])).toEqual([
      'Stopping run 1',
      'ann ptrack restart web',
      'Unhealthy run 1: GET / answered 503',
      'Running run 1',
    ])
  })

  test('a crash loop is its turns once, with their number; what somebody did begins anew', () => {
    const cycle = (from: number, run: number) => [
      turn(from, 'starting', run),
      turn(from + 1, 'running', run),
      turn(from + 2, 'retrying', run, 'exit code 1'),
    ]
    const once = ['Retrying run 3: exit code 1 x3', 'Running run 3 x3', 'Starting run 3 x3']
    expect(said([...cycle(1, 1), ...cycle(4, 2), ...cycle(7, 3)])).toEqual(once)
    expect(said([...cycle(1, 1), ...cycle(5, 2)], [asked(4, ['reset', 'web'])])).toHaveLength(7)
  })
})

test('checks: what passed on the line, the longer the higher; what failed below it', () => {
  const { done, fail } = checkBars(
    [
      { ok: true, latencyMs: 1 },
      { ok: true, latencyMs: 10_000 },
      { ok: false, latencyMs: null },
    ],
    30,
    20,
  )
  expect(done).toBe('M5 12v-3M15 12v-12')
  expect(fail).toBe('M25 12v8')
  expect(checkBars([], 30, 20)).toEqual({ done: '', fail: '' })
})

describe('what is known', () => {
  test('a snapshot is not news, a change is; an end of a job, a crash loop, a sick service', () => {
    const known = nothing()
    expect(learn(known, { kind: 'snapshot', views: [job('a', { status: 'failed' })], gap: false }, 1)).toEqual([])
    const before = job('a')
    expect(newsOf(before, { ...before, status: 'done' })).toMatchObject([{ tone: 'good' }])
    expect(newsOf(before, { ...before, status: 'failed', reason: 'exit 3' })).toMatchObject([
      { tone: 'bad', text: 'a has failed: exit 3' },
    ])
    expect(newsOf(before, { ...before, status: 'paused' })).toEqual([])
    const service = makeView('s', 's')
    expect(newsOf(service, { ...service, status: 'stopped' })).toEqual([])
    expect(newsOf(service, { ...service, crashLoop: true })).toMatchObject([{ tone: 'bad' }])
    expect(newsOf(service, { ...service, health: 'unhealthy' })).toMatchObject([{ tone: 'bad' }])
    expect(newsOf(undefined, { ...before, status: 'failed' })).toEqual([])
  })

  test('away and back: since when, and whether something was missed', () => {
    const known = nothing()
    learn(known, { kind: 'snapshot', views: [job('a')], gap: false }, 10)
    learn(known, { kind: 'away', expelled: false }, 20)
    learn(known, { kind: 'away', expelled: false }, 30)
    expect(known).toMatchObject({ link: 'away', awayMs: 20, heardMs: 10, gaps: 0 })
    const told = learn(known, { kind: 'snapshot', views: [job('a', { status: 'done' })], gap: true }, 40)
    expect(told).toMatchObject([{ tone: 'good' }])
    expect(known.gaps).toBe(1)
  })

  test('samples and events are bounded, and go with their process', () => {
    const known = nothing()
    for (let i = 0; i < 100; i++)
      learn(known, { kind: 'views', changed: [makeView('1', 'w', { cpuPercent: i, memoryBytes: i })], removed: [] }, i)
    known.link = 'here'
    for (let i = 0; i < 100; i++) sampleLoads(known)
    expect(known.samples.get('1')).toEqual(Array.from({ length: 40 }, () => ({ cpu: 99, memory: 99 })))
    known.link = 'away'
    known.samples.clear()
    sampleLoads(known)
    expect(known.samples.size).toBe(0)
    known.link = 'here'
    sampleLoads(known)
    learn(known, { kind: 'views', changed: [makeView('2', 'x', { cpuPercent: null, memoryBytes: null })], removed: [] }, 1)
    sampleLoads(known)
    expect([...known.samples.keys()]).toEqual(['1'])
    for (let seq = 1; seq <= 5000; seq++)
      learn(known, { kind: 'event', event: { seq, at: '', type: 'resumed', process: 'w', id: '1', run: 1 } }, seq)
    expect(known.events.length).toBeLessThanOrEqual(1200)
    expect(known.events.at(-1)?.seq).toBe(5000)
    learn(known, { kind: 'views', changed: [], removed: ['1'] }, 1)
    expect([known.views.size, known.samples.size]).toEqual([1, 0])
  })

  test('the bell: work that is active, oldest first; the last ended, newest first', () => {
    const at = (n: number): string => new Date(n * 1000).toISOString()
    const views = [
      makeView('s', 'service'),
      job('late', { createdAt: at(2) }),
      job('early', { createdAt: at(1), status: 'pending' }),
      ...Array.from({ length: 12 }, (_, n) => job(`e${n}`, { status: 'done', endedAt: at(n) })),
    ]
    expect(activeWork(views).map(({ name }) => name)).toEqual(['early', 'late'])
    expect(endedWork(views, 10).map(({ name }) => name)).toEqual(['e11', 'e10', 'e9', 'e8', 'e7', 'e6', 'e5', 'e4', 'e3', 'e2'])
  })
})
