import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { HookKeeper } from '../hook-keeper.ts'
import { unknownHook } from './shared/unknown-hook.ts'

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
