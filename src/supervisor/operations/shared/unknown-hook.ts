/** Why a hook is not found, or cannot be changed here. */
import { PtrackError } from '../../../protocol/errors.ts'
import type { Supervisor } from '../../create-supervisor.ts'

export function unknownHook(supervisor: Supervisor, id: string, verb: string): PtrackError {
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
