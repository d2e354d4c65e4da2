import { describe, expect, test } from 'vitest'
import { draw } from '../../src/tui/draw.ts'
import { layoutOf } from '../../src/tui/layout.ts'
import type { Input } from '../../src/tui/model.ts'
import { listed } from '../../src/tui/rows.ts'
import { NOW, view } from '../support/views.ts'
import { type Kit, kit } from './support/model.ts'

const three = (): Kit => {
  const made = kit()
  made.views(
    view({ id: 'a', name: 'a' }),
    view({ id: 'b', name: 'b', cpuPercent: 9 }),
    view({ id: 'c', name: 'c', cpuPercent: 90, tags: ['gpu'] }),
  )
  return made
}
const names = ({ model }: Kit): string[] => listed(model).map((row) => (row.kind === 'process' ? row.view.name : row.key))
const press = (row: number, column = 5): Input => ({ kind: 'mouse', action: 'press', row, column })
const line = (text: string) => ({ process: 'a', stream: 'out' as const, at: null, run: 1, text })

describe('the selection', () => {
  test('stays on its process when the order changes, and goes to the neighbour when it is deleted', () => {
    const made = three()
    made.keys('down')
    expect(made.model.selected).toBe('b')
    made.keys('S', 'S', 'S')
    expect(names(made)).toEqual(['c', 'b', 'a'])
    expect(made.model.selected).toBe('b')
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [], removed: ['b'] } })
    expect(made.model.selected).toBe('a')
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [], removed: ['a', 'c'] } })
    expect(made.model.selected).toBeNull()
  })
  test('is never out of sight', () => {
    const made = kit({ rows: 12 })
    made.views(...Array.from({ length: 50 }, (_, i) => view({ id: `p${i}`, name: `p${i}` })))
    for (const key of ['end', 'up', 'up', 'home', 'pagedown', 'pagedown', 'pageup', 'G', 'g']) {
      made.keys(key)
      expect(draw(made.model).some((drawn) => drawn.includes(`▌`) && drawn.includes(made.model.selected!))).toBe(true)
    }
  })
})

describe('actions', () => {
  test('start, pause and resume are asked at once; stop, restart and cancel wait for a yes', () => {
    const made = three()
    made.keys('s', 'p', 'u')
    expect(made.effects).toMatchObject([{ verb: 'start', ids: ['a'] }, { verb: 'pause' }, { verb: 'resume' }])
    made.effects.length = 0
    made.keys('x')
    expect(draw(made.model).join('\n')).toContain('Stop a?')
    expect(made.effects).toEqual([{ do: 'load-details', id: 'a' }])
    made.effects.length = 0
    made.keys('j', 's', 'n')
    expect(made.effects).toEqual([])
    made.keys('r', 'y', 'c', 'y')
    expect(made.effects.filter((effect) => effect.do === 'action')).toMatchObject([
      { verb: 'restart', ids: ['a'] },
      { verb: 'cancel', ids: ['a'] },
    ])
  })
  test('a question is about what was selected when it was asked', () => {
    const made = three()
    made.keys('x')
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [], removed: ['a'] } })
    made.keys('y')
    expect(made.effects.at(-1)).toMatchObject({ verb: 'stop', ids: ['a'], name: 'a' })
  })
  test('a paste is no command', () => {
    const made = three()
    made.tell({ kind: 'paste', text: 'xyq' })
    expect(made.effects).toEqual([])
  })
  test('a click chooses the orphan that is drawn there, in a list that is scrolled too', () => {
    const made = three()
    made.keys('o')
    const orphan = { startTime: '', kind: 'stray' as const, process: 'a', command: 'c', ports: [], since: '', evidence: 'e' }
    const orphans = Array.from({ length: 100 }, (_, i) => ({ ...orphan, pid: 1000 + i, identity: String(i) }))
    made.tell({ kind: 'orphans', orphans })
    made.keys('end', 'up')
    const rowOf = (pid: number): number => draw(made.model).findIndex((line) => new RegExp(`^ *▌? *${pid} `).test(line))
    for (const pid of [1090, 1099, 1087]) {
      made.tell({ kind: 'mouse', action: 'press', column: 4, row: rowOf(pid) })
      expect(orphans[made.model.orphanSelected]!.pid).toBe(pid)
    }
    made.tell({ kind: 'mouse', action: 'press', column: 4, row: 21 })
    expect(orphans[made.model.orphanSelected]!.pid).toBe(1087)
  })
  test('orphans are ended by the identity that was seen, after a yes', () => {
    const made = three()
    made.keys('o')
    expect(made.effects).toEqual([{ do: 'load-orphans' }])
    made.tell({
      kind: 'orphans',
      orphans: [
        {
          pid: 7,
          startTime: '',
          kind: 'stray',
          process: 'a',
          command: 'sleep',
          ports: [],
          since: '',
          evidence: 'e',
          identity: 'seven',
        },
        {
          pid: 8,
          startTime: '',
          kind: 'stray',
          process: 'a',
          command: 'sleep',
          ports: [],
          since: '',
          evidence: 'e',
          identity: 'eight',
        },
      ],
    })
    made.effects.length = 0
    made.keys('down', 'x')
    expect(made.effects).toEqual([])
    made.keys('y', 'X', 'y')
    expect(made.effects).toEqual([
      { do: 'kill', params: { identities: ['eight'] } },
      { do: 'kill', params: { identities: ['seven', 'eight'] } },
    ])
    made.keys('escape')
    expect(made.model.place).toBe('list')
  })
})

test('the filter follows each letter; Enter keeps it and Esc clears it', () => {
  const made = three()
  made.keys('f', 'G', 'P', 'U')
  expect(names(made)).toEqual(['c'])
  made.keys('enter')
  expect(names(made)).toEqual(['c'])
  made.keys('f', 'backspace', 'backspace', 'backspace', 'z')
  expect(names(made)).toEqual([])
  made.keys('escape')
  expect(names(made)).toEqual(['a', 'b', 'c'])
  made.keys('f', 'q', 'enter', 'escape')
  expect(made.effects).toEqual([])
  expect(names(made)).toEqual(['a', 'b', 'c'])
})

describe('the log', () => {
  const logged = (count: number): Kit => {
    const made = three()
    made.tell(
      { kind: 'log-begins', id: 'a' },
      { kind: 'log', id: 'a', lines: Array.from({ length: count }, (_, i) => line(`line ${i}`)) },
    )
    return made
  }
  const last = (made: Kit): string => draw(made.model).at(-2)!.trim()

  test('follows; held it stays where it is while more comes; at its end it follows again', () => {
    const made = logged(100)
    expect(last(made)).toBe('line 99')
    made.keys('tab', 'space')
    made.tell({ kind: 'log', id: 'a', lines: [line('line 100')] })
    expect(last(made)).toBe('line 99')
    expect(draw(made.model).join('\n')).toContain('held, 1 line below')
    made.keys('space')
    expect(last(made)).toBe('line 100')
    made.keys('pageup')
    expect(last(made)).not.toBe('line 100')
    made.keys('pagedown', 'pagedown')
    expect(last(made)).toBe('line 100')
  })
  test('of another process is not mixed in', () => {
    const made = logged(1)
    made.tell({ kind: 'log', id: 'b', lines: [line('not mine')] })
    expect(draw(made.model).join('\n')).not.toContain('not mine')
    made.tell({ kind: 'log-begins', id: 'b' })
    expect(draw(made.model).join('\n')).not.toContain('line 0')
  })
  test('is bounded, and a held place survives what falls out before it', () => {
    const made = logged(4990)
    made.keys('tab', 'space')
    const shown = last(made)
    made.tell({ kind: 'log', id: 'a', lines: Array.from({ length: 100 }, (_, i) => line(`more ${i}`)) })
    expect(made.model.log.entries).toHaveLength(5000)
    expect(last(made)).toBe(shown)
  })
  test('is searched from its end back, and around', () => {
    const made = logged(50)
    made.keys('tab', '/', ...'LINE 1', 'enter')
    const found = (): number | null => made.model.log.found
    expect(found()).toBe(19)
    made.keys('N')
    expect(found()).toBe(18)
    made.keys('n', 'n')
    expect(found()).toBe(1)
    expect(draw(made.model).join('\n')).toContain('11 lines with "LINE 1"')
    made.keys('/', ...'nowhere', 'enter')
    expect(draw(made.model).join('\n')).toContain('no line of this log contains nowhere')
  })
  test('a long line is wrapped, or cut', () => {
    const made = logged(0)
    made.tell({ kind: 'log', id: 'a', lines: [line(`${'x'.repeat(100)}END`)] })
    expect(draw(made.model).map((drawn) => drawn.trim())).toContain(`${'x'.repeat(32)}END`)
    made.keys('w')
    made.tell({ kind: 'tick', nowMs: NOW + 10_000 })
    expect(draw(made.model).join('\n')).not.toContain('END')
  })
})

describe('the mouse', () => {
  test('a click selects, a second one at once opens the details', () => {
    const made = three()
    const top = layoutOf(made.model).rows!.top
    made.tell(press(top + 1))
    expect(made.model.selected).toBe('b')
    made.tell({ kind: 'tick', nowMs: NOW + 5000 }, press(top + 1))
    expect(made.model.place).toBe('list')
    made.tell(press(top + 1))
    expect(made.model.place).toBe('details')
    expect(made.effects).toEqual([{ do: 'load-details', id: 'b' }])
  })
  test('a click on nothing does nothing, and is no answer to a question', () => {
    const made = three()
    made.tell(press(0), press(20), press(9999, 9999))
    made.keys('x')
    made.tell(press(2), press(23))
    expect(made.model.confirm).not.toBeNull()
    expect(made.effects.some((effect) => effect.do === 'action')).toBe(false)
  })
  test('the wheel moves what is under it', () => {
    const made = three()
    made.tell({ kind: 'mouse', action: 'wheel-down', row: 2, column: 1 })
    expect(made.model.selected).toBe('c')
    made.tell(
      { kind: 'log-begins', id: 'c' },
      { kind: 'log', id: 'c', lines: Array.from({ length: 60 }, (_, i) => line(`${i}`)) },
    )
    made.tell({ kind: 'mouse', action: 'wheel-up', row: 20, column: 1 })
    expect(made.model.selected).toBe('c')
    expect(made.model.log.top).not.toBeNull()
  })
})

test('while the daemon is away the last picture stays and no samples are invented', () => {
  const made = three()
  made.tell({ kind: 'tick', nowMs: NOW + 3000 })
  const taken = made.model.samples.get('c')!.cpu.length
  made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } }, { kind: 'tick', nowMs: NOW + 9000 })
  expect(names(made)).toEqual(['a', 'b', 'c'])
  expect(draw(made.model)[0]).toContain('away 6s')
  expect(made.model.samples.get('c')!.cpu).toHaveLength(taken)
  made.keys('enter')
  made.effects.length = 0
  made.tell({ kind: 'feed', item: { kind: 'connected', hello: {} as never } })
  expect(made.effects).toEqual([{ do: 'load-details', id: 'a' }])
  expect(draw(made.model)[0]).toContain('live')
})

test('samples are bounded', () => {
  const made = three()
  for (let i = 1; i < 100; i++) made.tell({ kind: 'tick', nowMs: NOW + i * 3000 })
  expect(made.model.samples.get('c')!.cpu).toHaveLength(30)
})
