/** What the view asks for by itself, and when. */
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Effect } from '../../src/tui/model.ts'
import { Poller } from '../../src/tui/poller.ts'
import { type Want, wants } from '../../src/tui/wants.ts'
import { type Kit, kit } from './support/model.ts'
import { SHOP, shopKit } from './support/shop.ts'

const whatOf = ({ model }: Kit): string[] => wants(model).map(({ what }) => what)
const keyOf = ({ model }: Kit, what: Want['what']): string | undefined => wants(model).find((want) => want.what === what)?.key

describe('what is wanted', () => {
  test('is what the terminal has room for', () => {
    expect(whatOf(shopKit(40, 10))).toEqual([])
    expect(whatOf(shopKit(80, 24))).toEqual(['daemon'])
    expect(whatOf(shopKit(120, 40))).toEqual(['daemon', 'history', 'strips'])
    expect(whatOf(shopKit(200, 60))).toEqual(['daemon', 'history', 'details', 'strips'])
  })
  test('is nothing while the daemon is away, or without processes', () => {
    const made = shopKit(200, 60)
    made.tell({ kind: 'feed', item: { kind: 'disconnected', error: null } })
    expect(whatOf(made)).toEqual([])
    const none = kit({ columns: 200, rows: 60 })
    none.views()
    expect(whatOf(none)).toEqual([])
  })
  test('changes with what is in sight, not with a figure', () => {
    const made = shopKit(120, 40)
    const before = keyOf(made, 'strips')
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [{ ...SHOP[1]!, cpuPercent: 99 }], removed: [] } })
    expect(keyOf(made, 'strips')).toBe(before)
    made.tell({ kind: 'feed', item: { kind: 'views', changed: [{ ...SHOP[1]!, run: 2 }], removed: [] } })
    expect(keyOf(made, 'strips')).not.toBe(before)
  })
  test('of a timeline is its time', () => {
    const made = shopKit(120, 40)
    made.keys('t')
    expect(whatOf(made)).toEqual(['daemon', 'timeline'])
    made.keys('-')
    expect(keyOf(made, 'timeline')).toBe('24')
  })
})

describe('the poller', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance', 'hrtime'] }))
  afterEach(() => void vi.useRealTimers())
  const want = (key: string, everyMs = 1000): Want => ({
    what: 'details',
    key,
    settleMs: 150,
    everyMs,
    effect: { do: 'load-details', id: key },
  })
  const made = (answer: () => Promise<void> = async () => {}) => {
    const asked: Effect[] = []
    const wanted: { now: Want[] } = { now: [] }
    const poller = new Poller(
      () => wanted.now,
      (effect) => {
        asked.push(effect)
        return answer()
      },
    )
    return { asked, wanted, poller }
  }

  test('asks once what is wanted has stood still, and again in time', async () => {
    const { asked, wanted, poller } = made()
    for (const key of ['a', 'b', 'c']) {
      wanted.now = [want(key)]
      poller.check()
      await vi.advanceTimersByTimeAsync(50)
    }
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(200)
    expect(asked).toEqual([{ do: 'load-details', id: 'c' }])
    await vi.advanceTimersByTimeAsync(1000)
    expect(asked).toHaveLength(2)
  })
  test('does not ask again before the answer, and then for what is wanted by then', async () => {
    let answer = (): void => {}
    const { asked, wanted, poller } = made(() => new Promise((resolve) => (answer = resolve)))
    wanted.now = [want('a')]
    poller.check()
    await vi.advanceTimersByTimeAsync(200)
    wanted.now = [want('b')]
    poller.check()
    await vi.advanceTimersByTimeAsync(5000)
    expect(asked).toHaveLength(1)
    answer()
    await vi.advanceTimersByTimeAsync(0)
    expect(asked.at(-1)).toEqual({ do: 'load-details', id: 'b' })
  })
  test('sleeps while nothing is wanted, and for good once it is ended', async () => {
    const { asked, wanted, poller } = made()
    poller.check()
    expect(vi.getTimerCount()).toBe(0)
    wanted.now = [want('a')]
    poller.check()
    expect(vi.getTimerCount()).toBe(1)
    poller.end()
    await vi.advanceTimersByTimeAsync(10_000)
    poller.check()
    expect([asked.length, vi.getTimerCount()]).toEqual([0, 0])
  })
})
