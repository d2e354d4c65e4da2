/** Groups, sets, marks and questions about several; what needs somebody; the keys that apply. */
import { describe, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { footerKeys } from '../../src/tui/applies.ts'
import { draw } from '../../src/tui/draw.ts'
import { layoutOf } from '../../src/tui/layout.ts'
import type { Input } from '../../src/tui/model.ts'
import { chosen, listed, logOf, needing } from '../../src/tui/rows.ts'
import { NOW, view } from '../support/views.ts'
import { type Kit, kit } from './support/model.ts'
import { detailOf, SHOP, select, shopKit } from './support/shop.ts'

const keysOf = ({ model }: Kit): string[] => listed(model).map(({ key }) => key)
const wordsOf = ({ model }: Kit): string[] => footerKeys(model).map(({ key, word }) => `${key} ${word}`)
const screen = ({ model }: Kit): string => draw(model).join('\n')
const press = (row: number, column: number): Input => ({ kind: 'mouse', action: 'press', row, column })
const actions = (made: Kit) => made.effects.filter((effect) => effect.do === 'action')

describe('groups', () => {
  test('stand by project from 100 columns on, and not on a smaller terminal, where the worst of all comes first', () => {
    expect(keysOf(shopKit(100, 30)).filter((key) => key.startsWith('project'))).toEqual([
      'project ml',
      'project ops',
      'project shop',
    ])
    expect(keysOf(shopKit(80, 24))[0]).toBe('shop-mailer')
  })
  test('without a project or a tag there is no head', () => {
    const made = kit({ columns: 120 })
    made.views(view({ id: 'a', name: 'a' }), view({ id: 'b', name: 'b' }))
    expect(keysOf(made)).toEqual(['a', 'b'])
  })
  test('what needs somebody most is selected first, wherever it stands', () => {
    expect(shopKit(120, 40).model.selected).toBe('shop-mailer')
  })
  test('b goes through project, owner, status and none', () => {
    const made = shopKit(120, 40)
    const first = (): string => {
      made.keys('b')
      return keysOf(made)[0]!
    }
    expect([first(), first(), first(), first()]).toEqual(['owner ann', 'status crash loop', 'shop-mailer', 'project ml'])
  })
  test('z folds the group of what is selected, and its head is selected then; Enter unfolds it', () => {
    const made = shopKit(120, 40)
    const before = keysOf(made)
    made.keys('z')
    expect(made.model.selected).toBe('project shop')
    expect(keysOf(made)).toEqual(before.slice(0, before.indexOf('project shop') + 1))
    made.keys('enter')
    expect(keysOf(made)).toEqual(before)
  })
  test('a set is one row until it is unfolded; from one of its instances z folds it again', () => {
    const made = shopKit(120, 40)
    select(made, 'set shop/api')
    expect(logOf(made.model)).toBe('shop-api:0 shop-api:1 shop-api:2 shop-api:3')
    made.keys('enter', 'down', 'down')
    expect(made.model.selected).toBe('shop-api:1')
    made.keys('z')
    expect(made.model.selected).toBe('set shop/api')
    expect(keysOf(made)).not.toContain('shop-api:1')
  })
  test('the log of a group is not read unasked; L reads it', () => {
    const made = shopKit(120, 40)
    select(made, 'project ml')
    expect(logOf(made.model)).toBeNull()
    made.keys('L')
    expect(logOf(made.model)!.split(' ')).toHaveLength(6)
    made.keys('escape')
    expect(made.model.place).toBe('list')
  })
})

describe('several at once', () => {
  test('the marked ones are acted on, those that do not take it are left alone, and the marks are gone then', () => {
    const made = shopKit(80, 24)
    for (const id of ['shop-payments', 'ml-scan', 'shop-legacy-admin']) {
      select(made, id)
      made.keys('space')
    }
    expect(chosen(made.model).map(({ id }) => id)).toEqual(['shop-payments', 'shop-legacy-admin', 'ml-scan'])
    made.keys('x')
    expect(made.model.confirm!.title).toBe('Stop 1 process and cancel 1 process?')
    made.keys('y')
    expect(actions(made)).toMatchObject([
      { verb: 'stop', ids: ['shop-payments'] },
      { verb: 'cancel', ids: ['ml-scan'] },
    ])
    expect(made.model.marked.size).toBe(0)
  })
  test('of more than five the number has to be typed: y is not enough', () => {
    const made = shopKit(120, 40)
    select(made, 'project shop')
    made.keys('x')
    expect(made.model.confirm!.number).toBe('7')
    made.keys('y')
    expect(actions(made)).toEqual([])
    made.keys('6', 'enter')
    expect(actions(made)).toEqual([])
    made.keys('backspace', '7')
    expect(screen(made)).toContain('and Enter: 7')
    made.keys('enter')
    expect(actions(made)).toMatchObject([{ verb: 'stop' }])
    expect(actions(made)[0]).toHaveProperty('ids.length', 7)
  })
  test('a mark on what is deleted goes with it', () => {
    const made = shopKit(80, 24)
    made.keys('space')
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [], removed: ['shop-mailer'] } })
    expect(made.model.marked.size).toBe(0)
  })
})

describe('what needs somebody', () => {
  test('e goes from one to the next, worst first and around, and unfolds what hides it', () => {
    const made = shopKit(120, 40)
    made.keys('z')
    const met = Array.from({ length: 5 }, () => {
      made.keys('e')
      return made.model.selected
    })
    expect(met).toEqual(['shop-mailer', 'shop-payments', 'shop-checkout-e2e', 'ml-label-import', 'shop-mailer'])
  })
  test('m asks to mark it as seen, and then it is not counted', () => {
    const made = shopKit(80, 24)
    made.keys('m')
    expect(made.effects.at(-1)).toEqual({ do: 'seen', ids: ['shop-mailer'] })
    const seen: ProcessView = { ...SHOP[0]!, seen: { at: new Date(NOW).toISOString(), by: 'ann' } }
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [seen], removed: [] } })
    expect(needing(made.model)).toHaveLength(3)
    expect(screen(made)).toContain('3 need you')
  })
  test('a job that failed long ago stays in the list until it is seen', () => {
    const made = kit()
    const failed = view({ kind: 'job', status: 'failed', endedAt: new Date(NOW - 9 * 3_600_000).toISOString() })
    made.views(failed)
    expect(keysOf(made)).toEqual(['abc123'])
    made.views({ ...failed, seen: { at: new Date(NOW).toISOString(), by: 'ann' } })
    expect(keysOf(made)).toEqual([])
  })
})

describe('a question', () => {
  test('names what it would do, once that is known: connections, who needs it', () => {
    const made = shopKit(120, 40)
    select(made, 'shop-payments')
    made.keys('x')
    expect(made.model.confirm!.lines).toEqual([])
    const detail = { ...detailOf(SHOP[1]!), ports: [{ ...SHOP[1]!.ports[0]!, connections: 1 }] }
    made.tell({ kind: 'details', id: 'shop-payments', detail, why: null, error: null })
    expect(made.model.confirm!.lines).toEqual([
      'SIGTERM, after 10 s SIGKILL. It stays stopped over a reboot.',
      '1 connection to it is open and will be cut.',
      'shop/api needs it and goes on without it.',
    ])
  })
  test('is not asked where nothing works that a restart would end', () => {
    const made = shopKit(80, 24)
    made.keys('r')
    expect(made.model.confirm).toBeNull()
    expect(actions(made)).toMatchObject([{ verb: 'restart', ids: ['shop-mailer'] }])
  })
})

describe('keys below and help', () => {
  test('are those that the selected process takes', () => {
    const made = shopKit(200, 60)
    expect(wordsOf(made)).toContain('r restart now')
    expect(wordsOf(made)).not.toContain('s start')
    select(made, 'shop-legacy-admin')
    expect(wordsOf(made)).toContain('s start')
    expect(wordsOf(made)).not.toContain('x stop')
    select(made, 'ml-sweep-0')
    expect(wordsOf(made)).toEqual(expect.arrayContaining(['x cancel', 'p resume']))
    select(made, 'project ml')
    expect(wordsOf(made)).toContain('Enter fold')
  })
  test('away there is none that would need the daemon', () => {
    const made = shopKit(120, 40)
    made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } })
    made.keys('?')
    expect(screen(made)).not.toContain('restart')
    expect(screen(made)).toContain('timeline')
  })
  test('a click on a key does what it says', () => {
    const made = shopKit(120, 40)
    const last = draw(made.model)
      .at(-1)!
      .replace(/\x1b\[[0-9;]*m/g, '')
    made.tell(press(39, last.indexOf('? keys') + 3))
    expect(made.model.place).toBe('help')
    made.tell({ kind: 'key', key: '?' }, press(39, last.indexOf('z fold')))
    expect(made.model.selected).toBe('project shop')
  })
})

test('a click on a head sorts by it, another turns it round; a click on a group folds it', () => {
  const made = shopKit(120, 40)
  const { list, rows } = layoutOf(made.model)
  const heads = draw(made.model)[list!.inner.top]!
  const at = heads.replace(/\x1b\[[0-9;]*m/g, '').indexOf('CPU')
  made.tell(press(list!.inner.top, at))
  expect(made.model).toMatchObject({ sort: 'cpu', reversed: false })
  expect(keysOf(made)[1]).toBe('ml-train-ranker')
  made.tell(press(list!.inner.top, at))
  expect(made.model.reversed).toBe(true)
  made.tell(press(rows!.top, 10))
  expect(keysOf(made).slice(0, 2)).toEqual(['project ml', 'project ops'])
})

test('a click on what needs somebody selects it', () => {
  const made = shopKit(200, 60)
  const { needs } = layoutOf(made.model)
  made.tell(press(needs!.inner.top + 2, needs!.inner.left + 5))
  expect(made.model.selected).toBe('shop-checkout-e2e')
})

test('the timeline has the rows of the list; + and - change its time, and an answer for another time is dropped', () => {
  const made = shopKit(120, 40)
  made.keys('t', '-', '-', '-')
  expect(made.model.timeline.hours).toBe(168)
  made.tell({ kind: 'timeline', hours: 1, view: { since: '', until: '', processes: [], notices: ['not this'] }, error: null })
  expect(made.model.timeline.view).toBeNull()
  made.keys('+', 'down', 'enter')
  expect(made.model).toMatchObject({ place: 'details', details: { id: 'shop-payments' }, timeline: { hours: 24 } })
})

test('brackets go from process to process in the details', () => {
  const made = shopKit(80, 24)
  made.keys('enter', ']')
  expect(made.model.details!.id).toBe('shop-payments')
  made.keys('[', '[')
  expect(made.model.details!.id).toBe('shop-mailer')
})

test('away nothing counts down and nothing grows older', () => {
  const made = shopKit(120, 40)
  const body = (): string => draw(made.model).slice(3, -1).join('\n')
  made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } })
  const before = body()
  made.tell({ kind: 'tick', nowMs: NOW + 600_000 })
  expect(body()).toBe(before)
  expect(before).toContain('Was to restart at ')
})
