/** What the tracker needs of the world, in memory: logs whose pages the test hands over, and rows of results. */
import type { Appended, RowOrigin } from '../../../src/core/world-jobs.ts'
import type { LogScan, ScanPage } from '../../../src/core/world-logs.ts'
import type { Managed } from '../../../src/supervisor/registry.ts'
import { supervisorKit } from './supervisor.ts'

export interface FakeScan {
  name: string
  from: number | { run: number }
  followed: boolean
  closed: boolean
  /** Lines that stand there and were not taken. */
  unread: string[]
  /** As the reader of the log does with what it found next. */
  page(lines: string[], page?: Partial<ScanPage>): Promise<void>
  /** Until it resolves, a drain waits. */
  gate: Promise<void>
}

export function fakeLogs() {
  const scans: FakeScan[] = []
  const scanFrom = (
    name: string,
    _stream: 'out' | 'err',
    from: number | { run: number },
    _mark: string,
    onPage: (page: ScanPage) => Promise<void> | void,
  ): LogScan => {
    let at = typeof from === 'number' ? from : 0
    const scan: FakeScan = {
      name,
      from,
      followed: false,
      closed: false,
      unread: [],
      gate: Promise.resolve(),
      page: async (texts, page = {}) => {
        const lines = texts.map((text) => {
          at += text.length + 1
          return { text, next: at }
        })
        await onPage({ lines, scanned: at, lost: 0, ...page })
      },
    }
    scans.push(scan)
    return {
      follow: () => {
        scan.followed = true
      },
      behind: () => scan.unread.length > 0,
      drain: async () => {
        await scan.gate
        await scan.page(scan.unread.splice(0))
      },
      close: () => {
        scan.closed = true
      },
    }
  }
  return { scans, scanFrom }
}

export interface FakeRow {
  id: string
  run: number
  attempt?: number | undefined
  row: unknown
  origin: RowOrigin | null
}

/** `refuse`: what the next append fails with, once. A test may put rows into `rows`, as an earlier daemon would have. */
export function fakeResults() {
  const rows: FakeRow[] = []
  const state = { rows, refuse: null as Error | null, synced: [] as string[], removed: [] as string[], looks: 0 }
  const same = (a: RowOrigin | null, b: RowOrigin): boolean => {
    if (a === null) return false
    if ('key' in b) return 'key' in a && a.key === b.key
    return !('key' in a) && a.next >= b.next
  }
  const store = {
    append: async (id: string, entry: Omit<FakeRow, 'id'> & { at: string }): Promise<Appended> => {
      const { run, attempt, row, origin } = entry
      if (state.refuse !== null) {
        const error = state.refuse
        state.refuse = null
        throw error
      }
      const before = origin === null ? -1 : rows.findIndex((each) => each.run === run && same(each.origin, origin))
      if (before >= 0) return { index: origin !== null && 'key' in origin ? before + 1 : null, again: true }
      rows.push({ id, run, attempt, row, origin })
      return { index: rows.length, again: false }
    },
    look: async () => {
      state.looks++
      return { rows: rows.length, scanned: { out: 0, err: 0 }, notices: [] }
    },
    count: async (id: string, run: number) => rows.filter((each) => each.id === id && each.run === run).length,
    sync: (id: string) => {
      state.synced.push(id)
      return null
    },
    remove: async (id: string) => void state.removed.push(id),
  }
  return { state, store }
}

export function trackingKit() {
  const logs = fakeLogs()
  const results = fakeResults()
  const changed: Managed[] = []
  const kit = supervisorKit({ logs, results: results.store } as never)
  Object.assign(kit.host, { changed: (managed: Managed) => void changed.push(managed) })
  return { ...kit, scans: logs.scans, results: results.state, changed }
}
