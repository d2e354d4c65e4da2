/** What must be so of every frame. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { draw } from '../../src/tui/draw.ts'
import { widthOf } from '../../src/tui/text.ts'
import { anyCharacter } from '../support/any-character.ts'
import { cases, runs } from '../support/effort.ts'
import { view } from '../support/views.ts'
import { busyKit, kit } from './support/model.ts'

const notAsWide = (lines: readonly string[], columns: number): string[] => lines.filter((line) => widthOf(line) !== columns)

test.each(cases([1, 2, 3, 5, 10, 20, 39, 40, 79, 80, 99, 100, 159, 160, 300]))(
  'a terminal of %d columns: every line fits, at any height',
  (columns) => {
    for (const rows of [1, 2, 3, 4, 8, 12, 24]) {
      const made = busyKit(columns, rows)
      const { model } = made
      for (const keys of [
        [],
        ['enter'],
        ['o'],
        ['?'],
        ['l'],
        ['l', 'l'],
        ['x'],
        ['f'],
        ['/'],
        ['t'],
        ['L'],
        ['z'],
        ['space', 'x'],
      ]) {
        made.model = model
        made.keys(...keys)
        const lines = draw(made.model)
        expect([keys, lines.length, notAsWide(lines, columns)]).toEqual([keys, rows, []])
      }
    }
  },
)

test.each(['a', 'eleven-char', 'sixteen-in-names', 'x'.repeat(40)])(
  'columns are chosen so that none is cut: names like %s',
  (name) => {
    for (let columns = 40; columns <= 220; columns++) {
      const made = kit({ columns, rows: 24 })
      made.views(view({ name }))
      const row = draw(made.model).find((line) => line.includes('▌'))!
      expect([columns, row]).toEqual([columns, expect.stringContaining(name.slice(0, 19))])
    }
  },
)

const evil = fc.oneof(
  fc.string({ unit: anyCharacter, maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(
        '\x1b[2J',
        '\x1b]0;t\x07',
        '\x1b[31m',
        '\x1b[?1049l',
        '\x9b',
        '<script>',
        '漢',
        '\u202e',
        '\r',
        '\n',
        '\t',
        'x',
      ),
    )
    .map((all) => all.join('')),
)
test('whatever programs are called and print, a frame holds no sequences but colours of ours, and is exactly as wide', () => {
  fc.assert(
    fc.property(evil, evil, evil, fc.constantFrom(80, 170), (name, message, line, columns) => {
      const made = kit({ columns, rows: 24, color: true })
      made.views(
        view({
          name,
          reason: message,
          status: 'failed',
          type: message,
          owner: name,
          tags: [name],
          error: { code: 'X', message },
          progress: { percent: 3, current: 1, total: 2, unit: name, message, etaMs: 4, stalled: false },
        }),
        view({
          id: 'two',
          name: message,
          progress: { percent: null, current: 1, total: 2, unit: message, message, etaMs: 4, stalled: false },
        }),
      )
      made.tell({ kind: 'log-begins', id: made.model.selected })
      const id = made.model.selected!
      made.tell(
        { kind: 'log', id, lines: [{ process: name, stream: 'err', at: null, run: 1, text: line }] },
        { kind: 'said', text: message, bad: true },
      )
      const pages = [draw(made.model)]
      made.keys('/', ...name, 'enter')
      pages.push(draw(made.model))
      made.keys('enter')
      pages.push(draw(made.model))
      for (const lines of pages) {
        for (const drawn of lines) expect(drawn.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
        expect(notAsWide(lines, columns)).toEqual([])
      }
    }),
    { numRuns: runs(200) },
  )
})
