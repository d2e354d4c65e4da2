/** What the daemon has, as a file would describe it: only what differs from the defaults. */
import type { Definition, DefinitionInput } from '../protocol/definition.ts'
import type { TypePolicy } from '../protocol/settings.ts'
import type { FileProcess } from './file-process.ts'
import { type Existing, foretell, MARK, markOf } from './plan.ts'

export function fileProcessOf({ name, definitions, grouped, env }: Existing, policies: Record<string, TypePolicy>): FileProcess {
  const [first] = definitions
  const { instance, metadata: given, ...rest } = first!
  const { [MARK]: _mark, ...metadata } = given
  const ports = first!.ports.map((port) => port - (instance?.index ?? 0))
  const whole: Record<string, unknown> = { ...rest, name, metadata, ports }
  // Told from the whole: the policy of its type decides what is a default of a job.
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
    cleanEnv: markOf(first!)?.cleanEnv ?? false,
    instances: grouped ? definitions.length : 1,
    autostart: true,
    instanceEnv: [],
  }
}

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null)
