/** hooks.add: adds a hook for every process. */
import { PtrackError } from '../../protocol/errors.ts'
import { parseAction, parseTriggers } from '../../protocol/hooks.ts'
import type { HookView } from '../../protocol/job-requests.ts'
import type { Params } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'

const MOST_HOOKS = 1000

export async function hooksAdd(supervisor: Supervisor, params: Params<'hooks.add'>): Promise<HookView> {
  const on = parseTriggers(params.on).map(({ text }) => text)
  parseAction(params.run)
  const { hooks } = supervisor.settings.now
  if (hooks.length >= MOST_HOOKS)
    throw new PtrackError('FAILED', `cannot add a hook: there are ${MOST_HOOKS}`, { hint: '`ptrack hooks delete ID` makes room' })
  const hook = { id: supervisor.world.newId(6), on: [...new Set(on)], run: params.run }
  await supervisor.settings.change({ hooks: [...hooks, hook] })
  return { ...hook, last: null }
}
