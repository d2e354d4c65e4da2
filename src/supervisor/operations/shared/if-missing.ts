/** start with `ifMissing`: what is there is the answer if it is defined as asked, and an error that names the differences if not. */
import { differences, type FieldChange, foretell, variableChanges } from '../../../protocol/definition-changes.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Field } from '../../../protocol/field.ts'
import { fields, keyOf } from '../../../protocol/fields.ts'
import { instanceVariables } from '../../../protocol/instance-env.ts'
import type { EnvCapture, Params } from '../../../protocol/requests.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import type { Managed } from '../../registry.ts'
import { envNameOf } from './define.ts'
import { Turns } from './turns.ts'

/** Of two that ask at the same time, the later one finds what the earlier one has defined. */
const turns = new Turns()

type Asked = Pick<Params<'start'>, 'env' | 'instances' | 'own'> & { definition: NonNullable<Params<'start'>['definition']> }

/** What is there under the name, or what `make` has made. Throws DUPLICATE_NAME. */
export const thereOrMade = (
  supervisor: Supervisor,
  asked: Asked,
  make: () => Promise<Managed[]>,
): Promise<{ there: Managed[] } | { made: Managed[] }> =>
  turns.take(supervisor, asked.definition.name, async () => {
    const there = supervisor.registry.find('name', asked.definition.name)
    if (there.length === 0) return { made: await make() }
    refuseOther(supervisor, there, asked)
    return { there }
  })

function refuseOther(supervisor: Supervisor, there: readonly Managed[], asked: Asked): void {
  const { name } = asked.definition
  const differs = changes(supervisor, there, asked)
  if (differs.length === 0) return
  const { record } = there[0]!
  const words = differs.slice(0, SHOWN).map(changeWords)
  if (differs.length > SHOWN) words.push(`and ${differs.length - SHOWN} more`)
  throw new PtrackError('DUPLICATE_NAME', `cannot start ${name}: it is there with another definition (${words.join('; ')})`, {
    hint: `nothing was changed; \`ptrack set ${name} ...\` changes it, \`ptrack delete ${name}\` makes room, --name gives another name`,
    details: { id: record.id, status: record.tracked.state.status, replaceable: false, differs },
  })
}

const SHOWN = 5
const WORDS_MAX = 120

const rowOf = (field: string): Field | undefined => (fields() as Record<string, Field>)[field]

/** As in a plan: `port: 3000 -> 3001`. */
function changeWords({ field, before, after }: FieldChange): string {
  if (before === null && after === null) return keyOf(field)
  const row = rowOf(field)
  const written = (value: unknown): string => {
    if (value === null || value === undefined) return 'none'
    const short = row && !row.repeat && !Array.isArray(value) ? row.value.write(value) : value
    const text = typeof short === 'string' ? short : JSON.stringify(short)
    return text.length > WORDS_MAX ? `${text.slice(0, WORDS_MAX)}...` : text
  }
  return `${keyOf(field)}: ${written(before)} -> ${written(after)}`
}

function changes({ world, settings }: Supervisor, there: readonly Managed[], asked: Asked): FieldChange[] {
  const sorted = there.toSorted((a, b) => indexOf(a) - indexOf(b))
  const first = sorted[0]!.record.definition
  const offset = first.instance?.index ?? 0
  const ports = first.ports.map((port) => port - offset)
  const { definition, own, env } = asked
  const found = differences(
    { ...first, ports },
    foretell({ ...definition, ...own?.[0] }, settings.now.policies, ports, first.sockets),
  )
  const count = first.instance === null ? undefined : there.length
  if (asked.instances !== count) found.push({ field: 'instances', before: count ?? 1, after: asked.instances ?? 1 })
  const all = [...found, ...variables(world.envs.read(envNameOf(first)), env, asked.instances ?? 1)]
  // As everywhere: what looks like a secret in these is shown to nobody.
  return all.map((each) => (rowOf(each.field)?.masked ? { field: each.field, before: null, after: null } : each))
}

/** Those set for it; what the caller had at the time is no part of what was asked for. */
function variables(stored: Partial<EnvCapture> | null | undefined, env: EnvCapture | undefined, count: number): FieldChange[] {
  const of = (capture: Partial<EnvCapture> | null | undefined, index: number): Record<string, string> => ({
    ...capture?.set,
    ...instanceVariables(capture?.each ?? [], index),
  })
  const all = Array.from({ length: count }, (_, index) => variableChanges(of(stored, index), of(env, index))).flat()
  return [...new Map(all.map((change) => [change.field, change])).values()]
}

const indexOf = ({ record }: Managed): number => record.definition.instance?.index ?? 0
