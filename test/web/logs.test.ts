/** Logs of several: what is chosen and in the address, what is counted, and lines that come at both ends. */
import { describe, expect, test } from 'vitest'
import type { LogCounts, LogCountsBucket } from '../../src/protocol/log-requests.ts'
import { LogLines } from '../../src/web/log-lines.ts'
import { LogSearch, patternFor, searchFor } from '../../src/web/log-search.ts'
import {
  choicesOf,
  chosenViews,
  coloursOf,
  found,
  LEVELS,
  queryOfChoices,
  toggledLevel,
  writtenChoice,
} from '../../src/web/logs/choices.ts'
import { bucketWords, countPaths, totals, windowOf } from '../../src/web/logs/counts.ts'
import { linkToPage, parseRoute } from '../../src/web/route.ts'
import { logKeyOf } from '../../src/web/shortcuts.ts'
import { withFullName } from '../../src/words/full-names.ts'
import { makeView } from '../api/support/wire.ts'

const NOW = Date.parse('2030-01-02T12:00:05.000Z')
const line = (text: string, process = 'p', stream: 'out' | 'err' = 'out') => ({ process, stream, at: null, run: 1, text })
const queryOf = (link: string) => (parseRoute(link) as { query: Record<string, string> }).query

describe('what is chosen', () => {
  test('comes back from the address as it was', () => {
    const all = {
      text: 'timeout|50[34]',
      ...({ regex: true, matchCase: true, only: true, stream: 'err', span: '24h' } as const),
      levels: new Set(['error', 'other'] as const),
      time: { fromMs: NOW - 65_000, toMs: NOW - 5000 },
    }
    expect(choicesOf(queryOf(linkToPage('logs', queryOfChoices(all))))).toEqual(all)
    const usual = choicesOf({})
    expect(linkToPage('logs', queryOfChoices(usual))).toBe('#/logs')
    expect(usual).toEqual({
      text: '',
      regex: false,
      matchCase: false,
      only: false,
      levels: null,
      stream: 'both',
      span: '1h',
      time: null,
    })
  })

  test.each([
    [{ level: 'nonsense', stream: 'in', range: '3y' }],
    [{ from: 'x', to: '2030-01-01T00:00:00Z' }],
    [{ from: '2030-01-02T00:00:00Z', to: '2030-01-01T00:00:00Z' }],
  ])('what nobody can mean is as usual: %o', (query) => expect(choicesOf(query)).toEqual(choicesOf({})))

  test('levels: none and all are no choice', () => {
    let levels = toggledLevel(null, 'error')
    expect([...levels!]).toEqual(['error'])
    expect(toggledLevel(levels, 'error')).toBeNull()
    for (const level of LEVELS.slice(1)) levels = toggledLevel(levels, level)
    expect(levels).toBeNull()
  })

  const views = [
    makeView('1', 'shop/api:0', { project: 'shop', instance: { of: 'shop/api', index: 0 } }),
    makeView('2', 'shop/api:1', { project: 'shop', instance: { of: 'shop/api', index: 1 } }),
    makeView('3', 'shop/db', { project: 'shop', tags: ['slow'] }),
    makeView('4', 'proxy', { tags: ['slow'] }),
  ].map(withFullName)
  const names = (of: string | undefined): string[] => chosenViews(views, of).map(({ name }) => name)
  test.each<[string | undefined, string[]]>([
    ['all', ['proxy', 'shop/api:0', 'shop/api:1', 'shop/db']],
    [undefined, ['proxy', 'shop/api:0', 'shop/api:1', 'shop/db']],
    ['shop/*', ['shop/api:0', 'shop/api:1', 'shop/db']],
    ['shop/api', ['shop/api:0', 'shop/api:1']],
    ['tag:slow', ['proxy', 'shop/db']],
    ['proxy,shop/db', ['proxy', 'shop/db']],
    ['none', []],
    ['', []],
  ])('processes of %s', (of, expected) => expect(names(of)).toEqual(expected))

  test('a choice is written in the fewest words, and means the same', () => {
    const written = (...ids: string[]): string => writtenChoice(views, new Set(ids))
    expect([written('1', '2', '3', '4'), written('1', '2', '3'), written('1', '4'), written()]).toEqual([
      'all',
      'shop/*',
      'shop/api:0,proxy',
      '',
    ])
    for (const ids of [['1'], ['2', '3'], ['1', '2', '3'], ['4']])
      expect(
        chosenViews(views, written(...ids))
          .map(({ id }) => id)
          .toSorted(),
      ).toEqual(ids)
    expect([
      found(views, 'API').length,
      found(views, 'tag:slow').length,
      found(views, 'shop/*').length,
      found(views, '').length,
    ]).toEqual([2, 2, 3, 4])
  })

  test('more than are read at ease: the worst, until somebody chooses', () => {
    const many = Array.from({ length: 300 }, (_, i) => makeView(String(i), `p${i}`, i === 250 ? { status: 'failed' } : {}))
    expect(chosenViews(many, undefined)).toHaveLength(40)
    expect(chosenViews(many, undefined).some(({ id }) => id === '250')).toBe(true)
    expect(chosenViews(many, 'all')).toHaveLength(200)
  })

  test('a name has its colour, the same for all instances; one that comes changes no other', () => {
    const numbered = views.map((view, number) => ({ ...view, number }))
    const colours = coloursOf(numbered)
    expect([...colours]).toEqual([
      ['shop/api:0', 'p1'],
      ['shop/api:1', 'p1'],
      ['shop/db', 'p2'],
      ['proxy', 'p3'],
    ])
    const more = coloursOf([withFullName(makeView('9', 'aaa', { number: 9 })), ...numbered])
    for (const [name, colour] of colours) expect(more.get(name)).toBe(colour)
    expect(more.get('aaa')).toBe('p4')
    expect(
      new Set(coloursOf(Array.from({ length: 20 }, (_, i) => makeView(String(i), `x${i}`, { number: i }))).values()).size,
    ).toBe(6)
  })
})

describe('what is counted', () => {
  test.each([
    ['15m', null, 10_000, '12:00:10'],
    ['1h', null, 40_000, '12:00:40'],
    ['24h', null, 960_000, '12:16:00'],
  ] as const)('of %s, part %s', (span, time, bucketMs, until) => {
    const window = windowOf({ span, time }, NOW)
    expect(window.bucketMs).toBe(bucketMs)
    expect((window.untilMs - window.sinceMs) / bucketMs).toBe(
      Math.ceil(window.untilMs / bucketMs) - Math.ceil(window.sinceMs / bucketMs),
    )
    expect(new Date(window.untilMs).toISOString().slice(11, 19)).toBe(until)
  })

  test('a part that was chosen is within what is counted, also long ago, also when it is longer', () => {
    for (const [fromMs, toMs] of [
      [NOW - 60_000, NOW - 30_000],
      [NOW - 90 * 3_600_000, NOW - 90 * 3_600_000 + 600_000],
      [NOW - 50 * 3_600_000, NOW - 3_600_000],
    ] as const) {
      const window = windowOf({ span: '1h', time: { fromMs, toMs } }, NOW)
      expect(window.sinceMs).toBeLessThanOrEqual(fromMs)
      expect(window.untilMs).toBeGreaterThanOrEqual(toMs)
      expect((window.untilMs - window.sinceMs) / window.bucketMs).toBeLessThanOrEqual(91)
    }
  })

  const bucket = (error: number, warn: number, other: number): LogCountsBucket => ({
    at: '2030-01-02T12:00:00.000Z',
    error,
    warn,
    info: 0,
    debug: 0,
    other,
  })
  const counts: LogCounts = {
    since: '2030-01-02T12:00:00.000Z',
    until: '2030-01-02T12:03:00.000Z',
    bucketMs: 60_000,
    whole: true,
    buckets: [bucket(1, 0, 9999), bucket(0, 0, 0), bucket(2, 3, 5)],
  }

  test('one error among thousands of lines is seen; nothing is drawn of nothing', () => {
    const paths = countPaths(counts, 300, 40)
    expect(paths.error).toBe('M50 40v-2M250 40v-2')
    expect(paths.warn).toMatch(/^M250 38v-2$/)
    expect(paths.rest.split('M')).toHaveLength(3)
    expect(totals(counts)).toEqual({ error: 3, warn: 3, info: 0, debug: 0, other: 10_004, all: 10_010 })
    expect(bucketWords(counts.buckets[2]!, 60_000)).toMatch(/^\d\d:00: 10 lines, 2 errors, 3 warnings$/)
  })
})

describe('lines', () => {
  test('come at both ends; each keeps its number', () => {
    const log = new LogLines()
    log.add(['c', 'd'].map((text) => line(text)))
    log.prepend(['a', 'b'].map((text) => line(text)))
    log.add([line('e'), { ...line('half'), partial: true }])
    expect(log.lines.map(({ number, text }) => `${number}${text}`)).toEqual(['-1a', '0b', '1c', '2d', '3e'])
  })

  test('a trace has the level of its error, whoever writes between', () => {
    const log = new LogLines()
    log.add([
      line('ERROR boom', 'a', 'err'),
      line('    at x', 'a', 'err'),
      line('    at y', 'b', 'err'),
      line('[info] fine'),
      line('plain'),
    ])
    expect(log.lines.map(({ level }) => level)).toEqual(['error', 'error', 'other', 'info', 'other'])
  })

  test('hits are found in what comes before and after, each once', () => {
    const log = new LogLines()
    const search = new LogSearch()
    const numbers = (): number[] => {
      search.update(log, { text: 'x' })
      return search.hits
    }
    log.add([line('x'), line('y')])
    expect(numbers()).toEqual([1])
    log.prepend([line('x'), line('y'), line('x')])
    expect(numbers()).toEqual([-2, 0, 1])
    log.add([line('x')])
    expect(numbers()).toEqual([-2, 0, 1, 3])
    log.clear()
    expect(numbers()).toEqual([])
    log.add([line('x')])
    expect(numbers()).toEqual([1])
  })

  test.each([
    [{ text: 'a.c' }, 'xABCx', false],
    [{ text: 'a.c', regex: true }, 'xABCx', true],
    [{ text: 'abc', matchCase: true }, 'xABCx', false],
    [{ text: '50[34]', regex: true }, 'GET / 503', true],
  ])('%o in %s: %s', (wanted, text, isFound) => expect(searchFor(wanted)?.test(text)).toBe(isFound))

  test.each([
    ['(', /^cannot search for this: /],
    ['(a+)+$', /repeated groups/],
    ['(x*|y)*', /repeated groups/],
  ])('%s is refused in words', (text, words) => {
    expect(patternFor({ text, regex: true })).toMatch(words)
    expect(searchFor({ text, regex: true })).toBeNull()
    expect(searchFor({ text })!.test(text)).toBe(true)
  })
})

test('keys of lines: not while one types, not with the letters off', () => {
  const key = (name: string, more: object = {}): KeyboardEvent => ({ key: name, target: null, ...more }) as never
  Object.assign(globalThis, { HTMLInputElement: class {}, HTMLSelectElement: class {}, HTMLTextAreaElement: class {} })
  expect(['n', 'N', 'f', 'x'].map((name) => logKeyOf(key(name), true))).toEqual(['next', 'before', 'follow', null])
  expect([logKeyOf(key('n'), false), logKeyOf(key('f', { ctrlKey: true }), true)]).toEqual([null, null])
})
