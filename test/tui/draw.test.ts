/** Pictures: whole frames that are kept beside this file for reading, and what must be so of every frame. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OrphanView } from '../../src/protocol/view.ts'
import { draw } from '../../src/tui/draw.ts'
import { widthOf } from '../../src/tui/text.ts'
import { anyCharacter } from '../support/any-character.ts'
import { cases, runs } from '../support/effort.ts'
import { NOW, view } from '../support/views.ts'
import { busyKit, type Kit, kit } from './support/model.ts'

const ORPHAN: OrphanView = {
  pid: 4711,
  startTime: '2026-03-01T11:00:00.000Z',
  kind: 'escaped',
  process: 'web',
  command: 'sleep 600',
  ports: [],
  since: '2026-03-01T11:00:00.000Z',
  evidence: 'it carries the marker of run 3 of web, which has ended',
  identity: '4711:1:boot',
}

/** Without the clock of the machine's time zone. */
const frame = ({ model }: Kit): string[] => draw(model).map((line) => line.replace(/\d\d:\d\d:\d\d/g, 'hh:mm:ss'))

const PICTURES: Record<string, (columns: number, rows: number) => Kit> = {
  busy: (columns, rows) => busyKit(columns, rows),
  ascii: (columns, rows) => busyKit(columns, rows, { unicode: false }),
  empty: (columns, rows) => {
    const made = kit({ columns, rows })
    made.views()
    return made
  },
  disconnected: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } }, { kind: 'tick', nowMs: NOW + 12_000 })
    return made
  },
  asked: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('x')
    return made
  },
  refused: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.tell({
      kind: 'said',
      text: `cannot start web: port 3000 is held by pid 99 (python3 -m http.server 3000); ${'end it, or choose another port, '.repeat(3)}`,
      bad: true,
    })
    return made
  },
  orphans: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('o')
    made.tell({
      kind: 'orphans',
      orphans: [ORPHAN, { ...ORPHAN, pid: 5, kind: 'squatter', process: null, command: 'evil\x1b[2J' }],
    })
    return made
  },
  help: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('?')
    return made
  },
}

for (const [name, make] of Object.entries(PICTURES))
  test.each([
    [80, 24],
    [200, 60],
  ])(`${name} at %dx%d`, async (columns, rows) => {
    const lines = frame(make(columns, rows))
    expect(lines).toHaveLength(rows)
    for (const line of lines) expect([line, widthOf(line)]).toEqual([line, columns])
    // Attributes are left out: the text is what is read. Tests below are about them.
    await expect(`${lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd()).join('\n')}\n`).toMatchFileSnapshot(
      `frames/${name}-${columns}x${rows}.txt`,
    )
  })

test('with NO_COLOR there are no colours, only bold and inverse', () => {
  const codes = new Set(frame(busyKit(100, 30)).flatMap((line) => line.match(/\x1b\[[0-9;]*m/g) ?? []))
  for (const code of codes) expect(['\x1b[0m', '\x1b[1m', '\x1b[7m', '\x1b[0;7m', '\x1b[0;1m']).toContain(code)
})

test('the details have the number by which commands know it', () => {
  const made = kit({ columns: 120, rows: 40 })
  made.views(view({ name: 'web', number: 7 }))
  made.keys('enter')
  expect(draw(made.model).join('\n')).toContain('service #7, type')
})

test('without UTF-8 everything of ours is ASCII', () => {
  const made = kit({ unicode: false, columns: 120, rows: 30 })
  made.views(view({ name: 'x'.repeat(60), cpuPercent: 50, memoryBytes: 5 }))
  made.tell({ kind: 'tick', nowMs: NOW + 5000 }, { kind: 'tick', nowMs: NOW + 9000 })
  for (const line of draw(made.model)) expect(line).toMatch(/^[\x1b\x20-\x7e]*$/)
})

test.each(cases([1, 2, 3, 5, 10, 20, 39, 40, 79, 80, 99, 100, 159, 160, 300]))(
  'a terminal of %d columns: every line fits, at any height',
  (columns) => {
    for (const rows of [1, 2, 3, 4, 8, 12, 24]) {
      const made = busyKit(columns, rows)
      const { model } = made
      for (const keys of [[], ['enter'], ['o'], ['?'], ['l'], ['l', 'l'], ['x'], ['f'], ['/']]) {
        made.model = model
        made.keys(...keys)
        const lines = draw(made.model)
        expect(lines).toHaveLength(rows)
        for (const line of lines) expect([keys, widthOf(line)]).toEqual([keys, columns])
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
      expect([columns, draw(made.model)[1]!.split('│')[0]]).toEqual([columns, expect.not.stringContaining('…')])
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
      for (const lines of pages)
        for (const drawn of lines) {
          expect(drawn.replace(/\x1b\[[0-9;:]*m/g, '')).not.toMatch(/[\x00-\x1f\x7f-\x9f\u202a-\u202e]/)
          expect(widthOf(drawn)).toBe(columns)
        }
    }),
    { numRuns: runs(200) },
  )
})
