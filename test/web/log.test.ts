/** Which lines of a log are held, found and drawn where. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainText, spansOf } from '../../src/web/ansi.ts'
import { evenHeights, ownHeights } from '../../src/web/heights.ts'
import { LogLines } from '../../src/web/log-lines.ts'
import { LogSearch, markHits, searchFor } from '../../src/web/log-search.ts'

const line = (text: string) => ({ process: 'p', stream: 'out' as const, at: null, run: 1, text })
const marked = (text: string, wanted: string) =>
  markHits(spansOf(text), { plain: plainText(text) }, searchFor(wanted)).map(
    ({ text: part, className, isHit }) => `${isHit ? '!' : ''}${className ? `${className}:` : ''}${part}`,
  )

describe('heights', () => {
  test('every place belongs to the row that is drawn there', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 50 }), (each) => {
        const heights = ownHeights(each.length, (index) => each[index]!)
        const owners = each.flatMap((px, index) => Array.from({ length: px }, () => index))
        expect(heights.total).toBe(owners.length)
        expect(owners.map((_, px) => heights.at(px))).toEqual(owners)
        expect([heights.at(-5), heights.at(heights.total + 100)]).toEqual([0, each.length - 1])
      }),
    )
  })
  test('rows that are all alike are like rows with heights that are', () => {
    const [even, own] = [evenHeights(7, 20), ownHeights(7, () => 20)]
    for (let px = -30; px < 200; px += 7) expect(even.at(px)).toBe(own.at(px))
    expect(even.total).toBe(own.total)
  })
})

describe('search', () => {
  test('each line is looked at once; what is dropped is forgotten; another text begins anew', () => {
    const log = new LogLines()
    const search = new LogSearch()
    log.add(['Error a', 'fine', '\x1b[31mer\x1b[0mror b'].map(line))
    search.update(log, 'error')
    expect(search.hits).toEqual([1, 3])
    log.add([line('error c'), { ...line('error that goes on'), partial: true }])
    search.update(log, 'error')
    search.update(log, 'error')
    expect(search.hits).toEqual([1, 3, 4])
    search.update(log, 'fine')
    expect(search.hits).toEqual([2])
    search.update(log, '')
    expect(search.hits).toEqual([])
    log.add(Array.from({ length: 120_000 }, () => line('error')))
    search.update(log, 'fine')
    expect(search.hits).toEqual([])
    expect(log.lines.length).toBeLessThanOrEqual(110_000)
    expect(log.dropped + log.lines.length).toBe(120_004)
  })

  test('text that is a pattern is text', () => {
    expect(searchFor('a.c')!.test('abc')).toBe(false)
    expect(searchFor('[x]+(')!.test('an [X]+( here')).toBe(true)
    expect(searchFor('')).toBeNull()
  })

  test('marks go over colours, and nothing of the line is lost', () => {
    expect(marked('one two one', 'one')).toEqual(['!one', ' two ', '!one'])
    expect(marked('a\x1b[31mbc\x1b[0md', 'BCD')).toEqual(['a', '!fg-1:bc', '!d'])
    expect(marked('aaaa', 'aa')).toEqual(['!aa', '!aa'])
    expect(marked('a<b>', 'zzz')).toEqual(['a<b>'])
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '\x1b[31m', '\x1b[0m') }),
        fc.constantFrom('a', 'ab', 'ba'),
        (text, wanted) => {
          const spans = markHits(spansOf(text), { plain: plainText(text) }, searchFor(wanted))
          expect(spans.map((span) => span.text).join('')).toBe(plainText(text))
          const hits = spans
            .map(({ text: part, isHit }) => (isHit ? part : '|'))
            .join('')
            .replaceAll('|', '')
          expect(hits).toBe((plainText(text).match(new RegExp(wanted, 'g')) ?? []).join(''))
        },
      ),
    )
  })
})

test('lines that are few but huge are dropped too', () => {
  const log = new LogLines()
  for (let i = 0; i < 1000; i++) log.add([line('x'.repeat(64 * 1024))])
  expect(log.lines.length).toBeLessThan(600)
  expect(log.lines.length).toBeGreaterThan(400)
  expect(log.lines.at(-1)!.number).toBe(1000)
})
