/** Dependencies of a new definition; their default condition depends on what they name. */
import type { DefinitionInput } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { Condition } from '../../protocol/names.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Context } from '../context.ts'
import { type DefinitionOptions, withoutNone } from './definition-options.ts'

export async function known(context: Context, word: string): Promise<ProcessView[]> {
  try {
    return await context.request('list', { targets: [word], all: true })
  } catch (error) {
    if (error instanceof PtrackError && error.code === 'NOT_FOUND') return []
    throw error
  }
}

/** Default condition: jobs have to be done, services healthy. The daemon refuses unknown names. */
export async function afterFields(context: Context, options: DefinitionOptions): Promise<Pick<DefinitionInput, 'after'>> {
  const list = options.after && withoutNone(options.after)
  if (list === undefined) return {}
  const standard = async (name: string): Promise<Condition> => {
    const [view] = await known(context, name)
    return view === undefined || view.kind === 'service' ? 'healthy' : 'done'
  }
  const after: DefinitionInput['after'] = []
  for (const { name, condition } of list) after.push({ name, condition: condition ?? (await standard(name)) })
  return { after }
}
