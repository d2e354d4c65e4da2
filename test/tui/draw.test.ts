/** Pictures: whole frames that are kept beside this file for reading. */
import { expect, test } from 'vitest'
import type { OrphanView } from '../../src/protocol/view.ts'
import { draw } from '../../src/tui/draw.ts'
import { widthOf } from '../../src/tui/text.ts'
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
