/** Notices wait for a person: over a restart, in a bounded number, and no longer than until they were shown. */
import { expect, test } from 'vitest'
import type { Peer } from '../../src/core/rights.ts'
import type { StateStore } from '../../src/core/world.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import { limits } from '../../src/protocol/limits.ts'
import { noSettings, Settings } from '../../src/protocol/settings.ts'
import type { Supervisor } from '../../src/supervisor/create-supervisor.ts'
import { Notices } from '../../src/supervisor/notices.ts'
import { unseenNotices } from '../../src/supervisor/operations/notices-list.ts'
import { SettingsKeeper } from '../../src/supervisor/settings-keeper.ts'
import { FakeClock, START_MS } from './support/supervisor.ts'

function kit(saved = noSettings(), flush: StateStore['flush'] = () => Promise.resolve()) {
  let onDisk = saved
  const putSettings = (settings: Settings): void => {
    onDisk = settings
  }
  const store = { putSettings, flush } as unknown as StateStore
  const settings = new SettingsKeeper(store)
  settings.load(saved)
  let id = 0
  const notices = new Notices({ clock: new FakeClock(), newId: () => `n${++id}` }, settings)
  return { notices, saved: () => onDisk, texts: () => notices.unseen.map(({ text }) => text) }
}

test('kept with the state until it was seen', () => {
  const t = kit()
  t.notices.add('the saved state was\n damaged')
  t.notices.add('12 results were removed')
  expect(t.notices.unseen[0]).toEqual({ id: 'n1', at: new Date(START_MS).toISOString(), text: 'the saved state was damaged' })
  expect(Settings.parse(t.saved()).notices).toEqual(t.notices.unseen)
  const next = kit(t.saved())
  next.notices.seen(['n1', 'of nothing'])
  expect(next.texts()).toEqual(['12 results were removed'])
  expect(next.saved().notices).toHaveLength(1)
})

test('the newest of many, each text once and of bounded length', () => {
  const t = kit()
  for (let n = 0; n < 2 * limits.notices; n++) t.notices.add(`notice ${n}`)
  t.notices.add(`notice ${limits.notices}`)
  expect(t.texts()).toHaveLength(limits.notices)
  expect(t.texts().at(-1)).toBe(`notice ${limits.notices}`)
  t.notices.add('x'.repeat(5000))
  expect(t.texts().at(-1)).toHaveLength(limits.noticeChars)
})

test('a disk that takes nothing does not lose it', async () => {
  const t = kit(noSettings(), () => Promise.reject(new PtrackError('STATE_WRITE_FAILED', 'cannot save: the disk is full')))
  t.notices.add('the saved state was damaged')
  await new Promise((resolve) => setImmediate(resolve))
  expect(t.texts()).toEqual(['the saved state was damaged'])
})

test('the greeting carries their number to those who may read them', () => {
  const { notices } = kit()
  const greeting = (peer: Partial<Peer>) =>
    unseenNotices({ notices } as Supervisor, {
      user: 'u',
      role: 'admin',
      token: null,
      process: null,
      expiresAtMs: null,
      ...peer,
    })
  expect(greeting({})).toEqual({})
  notices.add('the saved state was damaged')
  expect(greeting({})).toEqual({ notices: 1 })
  expect(greeting({ role: 'operator' })).toEqual({})
  expect(greeting({ process: 'p1' })).toEqual({})
})
