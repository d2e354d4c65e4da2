/** hooks.delete: deletes a hook of the settings; those of a definition change with it. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { unknownHook } from './shared/unknown-hook.ts'

export async function hooksDelete(supervisor: Supervisor, { id }: Params<'hooks.delete'>): Promise<Reply<'hooks.delete'>> {
  const { hooks } = supervisor.settings.now
  if (!hooks.some((hook) => hook.id === id)) throw unknownHook(supervisor, id, 'delete')
  await supervisor.settings.change({ hooks: hooks.filter((hook) => hook.id !== id) })
  supervisor.hooks.deliveries.forget(id)
  return { ok: true }
}
