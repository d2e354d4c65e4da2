/** What the overview says: titles, reasons, groups, drawings, what happened and what comes; and what `find` offers. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { CountBucket, RunBar, TimelineProcess, TimelineRun } from '../../src/protocol/overview.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import { comesNext, inProgress } from '../../src/web/comes.ts'
import { barPaths, linePaths, stripPaths, stripWords } from '../../src/web/drawings.ts'
import { find } from '../../src/web/find.ts'
import { ICONS, MARKS } from '../../src/web/icons.ts'
import { barsOf, happened, isEventful, ticksOf } from '../../src/web/past.ts'
import { linkToPage, parseRoute } from '../../src/web/route.ts'
import { shortcutOf } from '../../src/web/shortcuts.ts'
import { needsYou, viewOf, windowTitle } from '../../src/web/titles.ts'
import { withFullName } from '../../src/words/full-names.ts'
import { groupsOf } from '../../src/words/groups.ts'
import { memoryScale, moves } from '../../src/words/scales.ts'
import { agoWords, counted, roughly, shareWords } from '../../src/words/short.ts'
import { stateParts } from '../../src/words/state-parts.ts'
import { whyWords } from '../../src/words/why.ts'
import { makeView } from '../api/support/wire.ts'

const NOW = Date.parse('2030-01-02T12:00:00.000Z')
const at = (minutes: number): string => new Date(NOW + minutes * 60_000).toISOString()
const job = (name: string, more: Partial<ProcessView> = {}): ProcessView => makeView(name, name, { kind: 'job', ...more })
const failed = job('bad', { status: 'failed', exitCode: 4, reason: 'exit code 4', endedAt: at(-5) })

test('the sprite has each icon and mark that is used, and none besides', () => {
  const sprite = readFileSync(new URL('../../src/web/icons.svg', import.meta.url), 'utf8')
  const drawn = [...sprite.matchAll(/<symbol id="([^"]+)"/g)].map(([, id]) => id!)
  const used = [...ICONS.map((name) => `i-${name}`), ...Object.values(MARKS).map((name) => `m-${name}`)]
  expect(drawn.toSorted()).toEqual([...new Set(used)].toSorted())
  // The policy of the page forbids them.
  expect(sprite).not.toMatch(/ style=|<style|<script/)
})

describe('titles and addresses', () => {
  test.each([
    ['#/overview', [failed], false, '1 needs you, Overview · ptrack'],
    ['#/processes', [failed, job('b', { status: 'timeout' })], false, '2 need you, Processes · ptrack'],
    ['#/orphans', [{ ...failed, seen: { at: at(0), by: 'ann' } }], false, 'Orphans · ptrack'],
    ['#/process/bad', [failed], true, 'Away · bad: failed · ptrack'],
    ['#/process/none/log', [failed], false, 'none · ptrack'],
  ] as const)('%s', (hash, views, away, title) => {
    expect(windowTitle(parseRoute(hash), views, away)).toBe(title)
  })

  test('what a list shows is in its address and comes back from it', () => {
    const link = linkToPage('processes', { status: 'attention', q: 'a b&c=ü', sel: undefined, sort: '' })
    expect(link).toBe('#/processes?status=attention&q=a+b%26c%3D%C3%BC')
    expect(parseRoute(link)).toEqual({ page: 'processes', query: { status: 'attention', q: 'a b&c=ü' } })
    expect(linkToPage('overview')).toBe('#/overview')
  })

  test('a process is meant by its full name, its name or its id', () => {
    const view = makeView('7', 'shop/api', { fullName: 'shop/api', project: 'shop' })
    for (const asked of ['shop/api', '7']) expect(viewOf([failed, view], asked)).toBe(view)
    expect(viewOf([failed], 'api')).toBeUndefined()
  })
})

describe('words', () => {
  test.each([
    [at(0), 'just now'],
    [at(-1.5), '1m ago'],
    [at(-90), '1h ago'],
    ['2029-11-20T12:00:00.000Z', 'Tue 20 Nov 2029'],
  ])('%s is %s', (iso, words) => expect(agoWords(iso, NOW)).toBe(words))

  test('counts agree, shares are exact at their ends', () => {
    expect([counted(1, 'restart'), counted(2, 'restart'), counted(1204, 'process', 'processes')]).toEqual([
      '1 restart',
      '2 restarts',
      '1,204 processes',
    ])
    expect([shareWords(0, 9), shareWords(1, 900), shareWords(899, 900), shareWords(9, 9)]).toEqual(['0%', '1%', '99%', '100%'])
    expect([roughly(59_900), roughly(3_661_000), roughly(90_061_000)]).toEqual(['59s', '1h', '1d'])
  })

  test.each<[Partial<ProcessView>, boolean, string]>([
    [{ status: 'failed', exitCode: 4, reason: 'exit code 4' }, false, 'Exit code 4'],
    [
      { status: 'retrying', kind: 'service', exitCode: 1, crashLoop: true, retry: { attempt: 3, of: 15, nextAt: at(1) } },
      false,
      'Restarting in 1m: exit code 1, 3rd failure of 15',
    ],
    [
      { status: 'retrying', kind: 'service', exitCode: 1, retry: { attempt: 3, of: 15, nextAt: at(1) } },
      false,
      'Restarting in 1m: exit code 1, 3rd failure of 15',
    ],
    [{ status: 'pending', queuePosition: 2 }, false, 'Position 2'],
    [{ status: 'running' }, false, ''],
  ])('why: %o', (more, away, words) => expect(whyWords(job('x', more), NOW, away)).toBe(words))

  test('while the daemon is away nothing counts down', () => {
    const view = job('x', { status: 'retrying', kind: 'service', exitCode: 1, retry: { attempt: 3, of: 15, nextAt: at(1) } })
    expect(whyWords(view, NOW, true)).toMatch(/^Was to restart at \d\d:\d1:00: exit code 1, 3rd failure of 15$/)
    expect(whyWords(view, NOW + 5000, true)).toBe(whyWords(view, NOW, true))
  })
})

test('keys: letters not in fields nor with the switch off, chords of the browser never', () => {
  const key = (name: string, more: Partial<KeyboardEvent> = {}) => ({ key: name, target: null, ...more }) as KeyboardEvent
  // No DOM here: what is typed into is told apart by its class alone.
  Object.assign(globalThis, { HTMLInputElement: class {}, HTMLSelectElement: class {}, HTMLTextAreaElement: class {} })
  const field = { target: new (globalThis as unknown as { HTMLInputElement: new () => EventTarget }).HTMLInputElement() }
  expect(shortcutOf(key('k', { ctrlKey: true }), false, false)).toEqual({ kind: 'find' })
  expect(shortcutOf(key('k', { ctrlKey: true, ...field }), false, true)).toEqual({ kind: 'find' })
  expect(shortcutOf(key('?'), false, true)).toEqual({ kind: 'help' })
  expect(shortcutOf(key('?'), false, false)).toBeNull()
  expect(shortcutOf(key('?', field), false, true)).toBeNull()
  expect(shortcutOf(key('g'), false, true)).toEqual({ kind: 'await' })
  expect(shortcutOf(key('p'), true, true)).toEqual({ kind: 'go', page: 'processes' })
  expect(shortcutOf(key('p'), false, true)).toBeNull()
  expect(shortcutOf(key('p', { metaKey: true }), true, true)).toBeNull()
})

describe('groups', () => {
  const views = [
    makeView('1', 'shop/api:0', { project: 'shop', instance: { of: 'shop/api', index: 0 }, cpuPercent: 5, memoryBytes: 10 }),
    makeView('2', 'shop/api:1', { project: 'shop', instance: { of: 'shop/api', index: 1 }, health: 'unhealthy', cpuPercent: 7 }),
    makeView('3', 'shop/web', { project: 'shop' }),
    job('tagged', { tags: ['ml', 'x'], owner: 'bea' }),
    job('alone', { status: 'failed' }),
  ].map(withFullName)
  test('by project, then by the first tag; instances of a set are one, as bad as the worst of them', () => {
    const groups = groupsOf(views, 'project')
    expect(groups.map(({ name }) => name)).toEqual(['ml', 'shop', ''])
    const [, shop] = groups
    expect(shop!.cells.map(({ name, views: all }) => [name, all.map(({ id }) => id)])).toEqual([
      ['shop/api', ['2', '1']],
      ['shop/web', ['3']],
    ])
    expect([shop!.cpu, shop!.memory]).toEqual([12, 10])
    expect(stateParts(shop!.states).map(({ state, count, from }) => [state, count, from])).toEqual([
      ['unhealthy', 1, 0],
      ['running', 2, 33.3],
    ])
  })

  test('the first of a set that was made larger later belongs to it', () => {
    const scaled = [makeView('1', 'web'), makeView('2', 'web:1', { instance: { of: 'web', index: 1 } }), makeView('3', 'other')]
    expect(groupsOf(scaled, 'none')[0]!.cells.map(({ name, views: all }) => [name, all.length])).toEqual([
      ['other', 1],
      ['web', 2],
    ])
  })

  test('by owner and by status, worst first', () => {
    expect(groupsOf(views, 'owner').map(({ name, states }) => [name, states.length])).toEqual([
      ['bea', 1],
      ['me', 4],
    ])
    expect(groupsOf(views, 'status').map(({ name }) => name)).toEqual(['unhealthy', 'failed', 'running'])
    expect(groupsOf(views, 'none')).toHaveLength(1)
  })
})

describe('drawings', () => {
  const run = (outcome: RunBar['outcome'], durationMs = 1000): RunBar => ({ run: 1, startedAt: at(0), durationMs, outcome })
  test('a run strip: what ended well stands, what failed hangs, four paths at most however many runs', () => {
    const runs = [...Array(40)].map((_, i) => run(i % 3 === 0 ? 'failed' : 'done'))
    const paths = stripPaths([...runs, run('interrupted'), run('cancelled'), run(null)])
    expect(paths.map(({ class: name }) => name).toSorted()).toEqual(['cancel', 'done', 'fail', 'live', 'lost'])
    expect(paths.flatMap(({ d }) => d.match(/M/g)!).length).toBe(30)
    for (const { class: name, d } of paths)
      for (const [, px] of d.matchAll(/v(-?[\d.]+)/g)) expect(Number(px) > 0).toBe(name === 'fail' || name === 'lost')
    const height = (ms: number) => Number(/v(-?[\d.]+)/.exec(stripPaths([run('done', ms)])[0]!.d)![1])
    expect(height(100_000_000)).toBeLessThan(height(1000))
    expect(stripWords('e2e', [run('done'), run('failed'), run(null)])).toBe(
      'Last 3 runs of e2e: 1 ended well, 1 failed, 1 running now',
    )
  })

  test('a line is broken where nothing was measured, and there is none where nothing moves', () => {
    const { line, area } = linePaths([1, 2, null, 3, 1], { low: 0, high: 4 }, 100, 20)
    expect(line.match(/M/g)).toHaveLength(2)
    expect(area.match(/z/g)).toHaveLength(2)
    expect(linePaths([null, null], { low: 0, high: 1 }, 100, 20).line).toBe('')
    expect(moves([100, 101, 100, 102])).toBe(false)
    expect(moves([100, 120, 100])).toBe(true)
    expect(moves([0.1, 0.4, 0.2], 50)).toBe(false)
    expect(moves([null, 5, null, 9])).toBe(false)
    const { low, high } = memoryScale([100, null, 200])
    expect([low, high]).toEqual([90, 210])
  })

  test('bars of counts: what failed stands on what ended well', () => {
    const bucket = (ended: number, bad: number): CountBucket => ({ at: at(0), running: 0, waiting: 0, ended, failed: bad })
    expect(barPaths([bucket(0, 0), bucket(4, 1)], 'ended', 40, 9)).toEqual({ data: '', done: 'M30 9v-6', fail: 'M30 3v-2' })
    expect(barPaths([bucket(4, 1)], 'failed', 40, 9)).toEqual({ data: '', done: '', fail: 'M20 9v-8' })
  })
})

describe('the last hour', () => {
  const run = (n: number, from: number, to: number | null, more: Partial<TimelineRun> = {}): TimelineRun => ({
    run: n,
    runId: `r${n}`,
    startedAt: at(from),
    endedAt: to === null ? null : at(to),
    outcome: to === null ? null : 'done',
    reason: null,
    spans: [],
    expectedEndAt: null,
    ...more,
  })
  const process = (name: string, runs: TimelineRun[], more: Partial<TimelineProcess> = {}): TimelineProcess => ({
    id: name,
    name,
    project: null,
    fullName: name,
    kind: 'job',
    type: 'job',
    owner: 'me',
    runs,
    waiting: null,
    ...more,
  })
  const failure = { outcome: 'failed', reason: 'exit code 1' } as const
  const mailer = process(
    'mailer',
    [1, 2, 3].map((n) => run(n, -30 + n, -29.5 + n, failure)),
  )

  test('newest first; ends of one kind in a row are one, with their number and time', () => {
    const sick = process('pay', [run(1, -50, null, { spans: [{ kind: 'unhealthy', from: at(-4), to: null }] })], {
      kind: 'service',
    })
    const all = happened([mailer, sick, process('old', [run(1, -200, -100)])], NOW - 3_600_000, 9)
    expect(all.map(({ name, text, fromMs, atMs }) => [name, text, (fromMs - NOW) / 60_000, (atMs - NOW) / 60_000])).toEqual([
      ['pay', 'turned unhealthy', -4, -4],
      ['mailer', 'failed 3 times: exit code 1', -28.5, -26.5],
      ['pay', 'started', -50, -50],
    ])
    expect(happened([mailer], NOW, 9)).toEqual([])
    expect(happened([process('a', [run(1, -2, -1)])], NOW - 3_600_000, 9)[0]!.text).toBe('done after 1m')
  })

  test('bars: a thread, a block, a failure; what is bad lies on what runs, what is expected right of now', () => {
    const [from, to] = [NOW - 3_600_000, NOW + 600_000]
    const kinds = (one: TimelineProcess) => barsOf(one, from, NOW, to).map(({ class: kind, height }) => [kind, height])
    expect(kinds(process('s', [run(1, -90, null)], { kind: 'service' }))).toEqual([['run', 4]])
    expect(kinds(mailer)).toEqual(Array(3).fill(['bad', 16]))
    expect(kinds(process('j', [run(1, -10, null, { expectedEndAt: at(5) })]))).toEqual([
      ['run', 12],
      ['plan', 12],
    ])
    expect(kinds(process('w', [], { waiting: { since: at(-3), reason: null, expectedStartAt: null } }))).toEqual([['wait', 12]])
    expect(kinds(process('p', [run(1, -10, null, { spans: [{ kind: 'paused', from: at(-5), to: null }] })]))).toEqual([
      ['run', 12],
      ['paused', 12],
    ])
    for (const { x, width } of barsOf(process('s', [run(1, -90, null)]), from, NOW, to)) {
      expect(x).toBeGreaterThanOrEqual(0)
      expect(x + width).toBeLessThanOrEqual(100)
    }
    expect(
      barsOf(
        process(
          'x',
          Array.from({ length: 200 }, (_, n) => run(n, -9, -8, failure)),
        ),
        from,
        NOW,
        to,
      ),
    ).toHaveLength(24)
  })

  test('a service that just runs is no event', () => {
    expect(isEventful(process('s', [run(1, -90, null)]), NOW - 3_600_000)).toBe(false)
    expect(isEventful(process('s', [run(1, -9, null)]), NOW - 3_600_000)).toBe(true)
    expect(ticksOf(NOW - 3_600_000, NOW, NOW + 600_000).length).toBe(3)
  })
})

test('what is in progress: the nearest to its end first; what comes: queues, then times', () => {
  const progress = { percent: 1, current: null, total: null, unit: null, message: null, stalled: false }
  const views = [
    job('none'),
    job('late', { progress: { ...progress, etaMs: 9000 } }),
    job('soon', { progress: { ...progress, etaMs: 1000 } }),
    job('over', { status: 'done' }),
    job('second', { status: 'pending', queuePosition: 2, queue: { limit: 'type gpu', value: 1, expectedStartAt: at(-1) } }),
    job('first', { status: 'pending', queuePosition: 1, queue: { limit: 'global', value: 1, expectedStartAt: null } }),
    makeView('c', 'cron', { status: 'done', nextRunAt: at(90) }),
  ]
  expect(inProgress(views).map(({ name }) => name)).toEqual(['soon', 'late', 'none'])
  expect(comesNext(views, NOW, 9).map(({ view, when, note }) => [view.name, when, note])).toEqual([
    ['first', 'queue 1', ''],
    ['second', 'gpu 2', 'any moment'],
    ['cron', expect.stringMatching(/^\d\d:30$/), 'in 1h'],
  ])
})

test('what is marked as seen needs nobody', () => {
  const views = [
    { ...failed, seen: { at: at(0), by: 'ann' } },
    makeView('s', 'sick', { health: 'unhealthy', since: at(-1) }),
    job('ok', { status: 'done' }),
  ]
  expect(needsYou(views).map(({ name }) => name)).toEqual(['sick'])
})

test('find: names before what they only hold, pages, and actions that the role and the state permit', () => {
  const session = { user: 'me', role: 'operator', version: '1' } as const
  const views = [makeView('1', 'payments'), makeView('2', 'web-pay', { owner: 'ann' }), job('done', { status: 'done' })]
  const texts = (text: string) => find(text, views, session).map((found) => found.text)
  const tagged = [makeView('4', 'a', { tags: ['edge', 'eu'] }), makeView('5', 'b', { tags: ['edge'] })]
  const found = (text: string, beyond = {}) =>
    find(text, tagged, session, { nodes: [], lines: [], ...beyond }).map((each) => [each.text, 'link' in each && each.link])
  expect(found('#')).toEqual([
    ['#edge', '#/processes?q=edge'],
    ['#eu', '#/processes?q=eu'],
  ])
  expect(found('#no')).toEqual([])
  expect(
    found('@ju', {
      nodes: [
        { name: 'juno', state: 'away' },
        { name: 'mira', state: 'here' },
      ],
    }),
  ).toEqual([['juno', '#/fleet']])
  const lines = ['old', 'new'].map((text) => ({ process: 'shop/a', stream: 'out' as const, at: null, run: 1, text }))
  expect(found('timeout', { lines })).toEqual([
    ['Lines with “timeout”', '#/logs?of=all&q=timeout'],
    ['new', '#/logs?of=shop%2Fa&q=timeout'],
    ['old', '#/logs?of=shop%2Fa&q=timeout'],
  ])
  expect(texts('pay')[0]).toBe('payments')
  expect(texts('pay')).toContain('Stop payments…')
  expect(texts('pay')).not.toContain('Stop web-pay…')
  // What ends something asks, and says so; the rest is done at once.
  expect(texts('>pay')).toEqual(['Restart payments…', 'Pause payments', 'Stop payments…'])
  expect(texts('>done')).toEqual(['Start done', 'Delete done…'])
  expect(texts('over')).toEqual(['Overview', 'Lines with “over”'])
  expect(texts('')).not.toContain('Lines with “”')
  expect(texts('no such')).toEqual(['Lines with “no such”'])
  expect(texts('no')).toEqual(['Running now'].filter((title) => title.toLowerCase().includes('no')))
})
