/** hooks.list, add, delete and test. Hooks of a definition are listed too, and changed with it. */
import { PtrackError } from '../../protocol/errors.ts'
import { parseAction, parseTriggers } from '../../protocol/hooks.ts'
import type { HookView } from '../../protocol/job-requests.ts'
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { HOOK_TIMEOUT_MS } from '../hook-deliveries.ts'
import { type HookKeeper, keyOf } from '../hook-keeper.ts'

/** As many as the settings hold. */
const MOST_HOOKS = 1000

export async function listHooks(supervisor: Supervisor, keeper: HookKeeper): Promise<HookView[]> {
  const ofProcesses = [...supervisor.registry.all()].flatMap((managed) =>
    managed.record.definition.hooks.map((spec, n) => ({ ...spec, id: keyOf(managed, n) })),
  )
  return [...supervisor.settings.now.hooks, ...ofProcesses].map((hook) => ({ ...hook, last: keeper.deliveries.last(hook.id) }))
}

export async function addHook(supervisor: Supervisor, params: Params<'hooks.add'>): Promise<HookView> {
  const on = parseTriggers(params.on).map(({ text }) => text)
  parseAction(params.run)
  const { hooks } = supervisor.settings.now
  if (hooks.length >= MOST_HOOKS)
    throw new PtrackError('FAILED', `cannot add a hook: there are ${MOST_HOOKS}`, { hint: '`ptrack hooks delete ID` makes room' })
  const hook = { id: supervisor.world.newId(6), on: [...new Set(on)], run: params.run }
  await supervisor.settings.change({ hooks: [...hooks, hook] })
  return { ...hook, last: null }
}

export async function deleteHook(
  supervisor: Supervisor,
  keeper: HookKeeper,
  { id }: Params<'hooks.delete'>,
): Promise<Reply<'hooks.delete'>> {
  const { hooks } = supervisor.settings.now
  if (!hooks.some((hook) => hook.id === id)) throw unknownHook(supervisor, id, 'delete')
  await supervisor.settings.change({ hooks: hooks.filter((hook) => hook.id !== id) })
  keeper.deliveries.forget(id)
  return { ok: true }
}

export async function testHook(
  supervisor: Supervisor,
  keeper: HookKeeper,
  { id, run }: Params<'hooks.test'>,
): Promise<Reply<'hooks.test'>> {
  if ((id === undefined) === (run === undefined))
    throw new PtrackError('USAGE', 'cannot test a hook: name either its id or an action', {
      hint: '`ptrack hooks test ID` or `ptrack hooks test exec:COMMAND`',
    })
  const action = run ?? (await listHooks(supervisor, keeper)).find((hook) => hook.id === id)?.run
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

function unknownHook(supervisor: Supervisor, id: string, verb: string): PtrackError {
  const owner = id.includes('#') ? supervisor.registry.named(id.slice(0, id.lastIndexOf('#'))) : undefined
  return owner === undefined
    ? new PtrackError('NOT_FOUND', `cannot ${verb} the hook '${id}': there is none of this id`, {
        hint: '`ptrack hooks` lists them',
      })
    : new PtrackError(
        'USAGE',
        `cannot ${verb} the hook '${id}': it belongs to the definition of ${owner.record.definition.name}`,
        {
          hint: `\`ptrack set ${owner.record.definition.name} --on ...\` changes it`,
        },
      )
}
