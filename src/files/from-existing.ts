/** The daemon's processes as a file would describe them: only what differs from the defaults. */
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import { foretell } from '../protocol/definition-changes.ts'
import { FILE_KEY } from '../protocol/file-key.ts'
import { instanceVariables } from '../protocol/instance-env.ts'
import type { TypePolicy } from '../protocol/settings.ts'
import { type FileProcess, INSTANCE_OWN, type InstanceOwn } from './file-process.ts'
import { type Existing, labelOf } from './plan.ts'

export function fileProcessOf(
  { name, definitions, grouped, env, instanceEnv }: Existing,
  policies: Record<string, TypePolicy>,
): FileProcess {
  const [first] = definitions
  const { instance, metadata: given, ...rest } = first!
  const { [FILE_KEY]: _mark, ...metadata } = given
  const ports = first!.ports.map((port) => port - (instance?.index ?? 0))
  const whole: Record<string, unknown> = { ...rest, name, metadata, ports }
  // The policy of its type decides what is a default of a job.
  const { type, kind } = first!
  const bare = foretell(
    { name, kind, ...(type === kind ? {} : { type }), command: first!.command, cwd: first!.cwd },
    policies,
    [],
  )
  const definition: Record<string, unknown> = { name, command: first!.command, cwd: first!.cwd }
  for (const field of Object.keys(bare) as (keyof Definition)[]) {
    if (field in definition || field === 'instance') continue
    const isDefault = field === 'type' ? type === kind : field === 'kind' ? kind === 'service' : same(whole[field], bare[field])
    if (!isDefault) definition[field] = whole[field]
  }
  return {
    definition: definition as DefinitionInput,
    env,
    cleanEnv: labelOf(first!)?.cleanEnv ?? false,
    instances: grouped ? definitions.length : 1,
    autostart: true,
    instanceEnv: instanceEnv.length === 0 ? [] : definitions.map((_, index) => instanceVariables(instanceEnv, index)),
    ...ownOf(definitions),
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)

/** What instances have of their own, where they differ. */
function ownOf(definitions: readonly Definition[]): Pick<FileProcess, 'instanceOwn'> {
  const fields = INSTANCE_OWN.filter((field) => definitions.some((each) => !same(each[field], definitions[0]![field])))
  if (fields.length === 0) return {}
  return {
    instanceOwn: definitions.map((each) => Object.fromEntries(fields.map((field) => [field, each[field]])) as InstanceOwn),
  }
}
