/** Pictures: whole frames that are kept beside this file for reading. */
import { expect, test } from 'vitest'
import { draw } from '../../src/tui/draw.ts'
import { widthOf } from '../../src/tui/text.ts'
import { NOW, view } from '../support/views.ts'
import { NODES } from './support/fleet.ts'
import { busyKit, type Kit, kit } from './support/model.ts'
import { detailOf, ORPHAN, SHOP, select, shopKit, TIMELINE, WHY } from './support/shop.ts'

// Times are local.
process.env.TZ = 'UTC'

const frame = ({ model }: Kit): string[] => draw(model)

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
  fleet: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('F')
    made.tell(NODES)
    return made
  },
  'no-fleet': (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('F')
    made.tell({
      ...NODES,
      nodes: null,
      error: 'cannot list the nodes: this home is in no fleet; `ptrack fleet create` makes one',
    })
    return made
  },
  help: (columns, rows) => {
    const made = busyKit(columns, rows)
    made.keys('?')
    return made
  },
}

const SHOPS: Record<string, (made: Kit) => void> = {
  shop: () => {},
  'shop-ascii': () => {},
  'shop-unfolded': (made) => {
    select(made, 'set shop/api')
    made.keys('z', 'down', 'space', 'space')
  },
  'shop-question': (made) => {
    made.tell({ kind: 'details', id: 'shop-payments', detail: null, why: null, error: null })
    made.keys('down', 'x')
    const ports = [{ ...SHOP[1]!.ports[0]!, connections: 3 }]
    made.tell({ kind: 'details', id: 'shop-payments', detail: { ...detailOf(SHOP[1]!), ports }, why: null, error: null })
  },
  'shop-many': (made) => {
    made.keys('g', 'space', 'space', 'end', 'up', 'space', 'up', 'space', 'x', '7')
  },
  'shop-details': (made) => {
    made.keys('enter')
    made.tell({ kind: 'details', id: 'shop-mailer', detail: detailOf(SHOP[0]!), why: WHY, error: null })
  },
  'shop-logs': (made) => {
    select(made, 'set shop/api')
    made.keys('L')
    const id = made.model.logsOf.join(' ')
    const line = (process: string, stream: 'out' | 'err', text: string) => ({
      process,
      stream,
      at: '2026-03-01T12:00:00.000Z',
      run: 1,
      text,
    })
    made.tell(
      { kind: 'log-begins', id },
      {
        kind: 'log',
        id,
        lines: [
          line('shop/api:0', 'out', 'GET / 200'),
          line('shop/api:3', 'err', 'upstream payments: 504 after 30000 ms'),
          line('shop/api:1', 'out', 'GET /cart 200'),
        ],
      },
    )
  },
  'shop-timeline': (made) => {
    made.keys('t')
    made.tell({ kind: 'timeline', hours: 1, view: TIMELINE, error: null })
  },
  'shop-away': (made) => {
    made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } }, { kind: 'tick', nowMs: NOW + 42_000 })
  },
}

/** Attributes are left out: the text is what is read. Tests below are about them. */
async function isKept(made: Kit, name: string, columns: number, rows: number): Promise<void> {
  const lines = frame(made)
  expect(lines).toHaveLength(rows)
  for (const line of lines) expect([line, widthOf(line)]).toEqual([line, columns])
  const text = lines.map((line) => line.replace(/\x1b\[[0-9;]*m/g, '').trimEnd()).join('\n')
  await expect(`${text}\n`).toMatchFileSnapshot(`frames/${name}-${columns}x${rows}.txt`)
}

for (const [name, make] of Object.entries(PICTURES))
  test.each([
    [80, 24],
    [200, 60],
  ])(`${name} at %dx%d`, (columns, rows) => isKept(make(columns, rows), name, columns, rows))

for (const [name, lead] of Object.entries(SHOPS))
  test.each([
    [40, 10],
    [80, 24],
    [120, 40],
    [200, 60],
  ])(`${name} at %dx%d`, async (columns, rows) => {
    const made = shopKit(columns, rows, { unicode: !name.endsWith('ascii') })
    lead(made)
    await isKept(made, name, columns, rows)
  })

test('with NO_COLOR there are no colours, only bold and inverse', () => {
  const codes = new Set(frame(busyKit(100, 30)).flatMap((line) => line.match(/\x1b\[[0-9;]*m/g) ?? []))
  for (const code of codes) expect(['\x1b[0m', '\x1b[1m', '\x1b[7m', '\x1b[0;7m', '\x1b[0;1m']).toContain(code)
})

test('the details have the number by which commands know it', () => {
  const made = kit({ columns: 120, rows: 40 })
  made.views(view({ name: 'web', number: 7 }))
  made.keys('enter')
  expect(draw(made.model).join('\n')).toContain('service #7, root')
})

test('without UTF-8 everything of ours is ASCII', () => {
  const made = kit({ unicode: false, columns: 120, rows: 30 })
  made.views(view({ name: 'x'.repeat(60), cpuPercent: 50, memoryBytes: 5 }))
  made.tell({ kind: 'tick', nowMs: NOW + 5000 }, { kind: 'tick', nowMs: NOW + 9000 })
  for (const line of draw(made.model)) expect(line).toMatch(/^[\x1b\x20-\x7e]*$/)
})
