/** hooks.test: runs one now, with made-up facts. */
import { PtrackError } from '../../protocol/errors.ts'
import { parseAction } from '../../protocol/hooks.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { HOOK_TIMEOUT_MS } from '../hook-deliveries.ts'
import { hooksList } from './hooks-list.ts'
import { unknownHook } from './shared/unknown-hook.ts'

export async function hooksTest(supervisor: Supervisor, { id, run }: Params<'hooks.test'>): Promise<Reply<'hooks.test'>> {
  if ((id === undefined) === (run === undefined))
    throw new PtrackError('USAGE', 'cannot test a hook: name either its id or an action', {
      hint: '`ptrack hooks test ID` or `ptrack hooks test exec:COMMAND`',
    })
  const action = run ?? (await hooksList(supervisor)).find((hook) => hook.id === id)?.run
  if (action === undefined) throw unknownHook(supervisor, id!, 'test')
  parseAction(action)
  const { clock, hooks, user } = supervisor.world
  const beganMono = clock.mono()
  const outcome = await hooks.run(
    action,
    {
      event: 'test',
      at: new Date(clock.wall()).toISOString(),
      id: null,
      name: 'test',
      kind: 'job',
      type: 'job',
      owner: user,
      tags: [],
      status: 'done',
      reason: 'a test of this hook',
      run: 1,
      exitCode: 0,
      signal: null,
      durationMs: 0,
      text: 'ptrack: a test of this hook',
    },
    HOOK_TIMEOUT_MS,
  )
  return { ...outcome, tookMs: Math.round(clock.mono() - beganMono) }
}
