import { expect, test } from 'vitest'
import { PtrackError } from '../../src/protocol/errors.ts'
import { namesOf } from '../../src/protocol/project.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessView } from '../../src/protocol/view.ts'
import type { Supervisor } from '../../src/supervisor/create-supervisor.ts'
import { savedTogether } from '../../src/supervisor/operations/shared/select.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { makeView } from '../api/support/wire.ts'

const view = (status: ProcessView['status'], kind: ProcessView['kind'] = 'service'): ProcessView =>
  makeView('web', 'web', { status, kind, run: 3 })
const answer = (status: ProcessView['status']): ActionResult => ({
  ...namesOf('web'),
  ok: true,
  note: null,
  view: view(status),
  error: null,
  tail: [],
})

/** One process that is `now` when the disk has written. */
const after = (now: ProcessView['status'], kind?: ProcessView['kind']): Supervisor =>
  ({
    world: { store: { flush: async () => undefined } },
    registry: { named: () => ({ record: { id: 'web' } }) as Managed },
    views: { of: () => view(now, kind) },
  }) as unknown as Supervisor

const failed = async (_managed: Managed, { status, run }: ProcessView): Promise<ActionResult> => ({
  ...answer('failed'),
  ok: false,
  note: `${status} as run ${run}`,
})

test.each(['retrying', 'failed'] as const)('what ran, and is %s when its start is on disk, has not started', async (now) => {
  expect(await savedTogether(after(now), [answer('running')], failed)).toMatchObject([{ ok: false, note: 'running as run 3' }])
})

test.each(['starting', 'running', 'retrying'] as const)(
  'what was pending, and is %s when that is on disk, is not said to be waiting still: its start is followed',
  async (now) => {
    const waiting = { ...answer('pending'), note: 'waiting for db to be healthy' }
    expect(await savedTogether(after(now), [waiting], failed)).toMatchObject([{ ok: false, note: 'pending as run 3' }])
    expect(await savedTogether(after(now), [waiting])).toMatchObject([{ ok: true, note: null, view: { status: now } }])
    expect(await savedTogether(after('pending'), [waiting], failed)).toMatchObject([{ ok: true, note: waiting.note }])
  },
)

test('what runs on has started, and who did not start anything is not asked', async () => {
  expect(await savedTogether(after('running'), [answer('running')], failed)).toMatchObject([{ ok: true }])
  expect(await savedTogether(after('retrying'), [answer('running')])).toMatchObject([{ ok: true, view: { status: 'retrying' } }])
  expect(await savedTogether(after('retrying'), [answer('retrying')], failed)).toMatchObject([{ ok: true }])
  expect(await savedTogether(after('failed', 'job'), [answer('running')], failed)).toMatchObject([{ ok: true }])
})

test('what could not be saved is done, and says until when a killed daemon forgets it', async () => {
  const flush = async () => {
    throw new PtrackError('STATE_WRITE_FAILED', 'cannot save the state: no space left on device', {
      hint: 'free space; ptrack saves by itself once it can',
    })
  }
  const supervisor = { ...after('stopped'), world: { store: { flush } } } as unknown as Supervisor
  expect(await savedTogether(supervisor, [answer('stopped')])).toMatchObject([
    {
      ok: true,
      note: 'done, but cannot save the state: no space left on device; free space; ptrack saves by itself once it can. A daemon that is killed before that forgets the change',
    },
  ])
})
