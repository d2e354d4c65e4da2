/** From a definition to what the state machine decides by, with the defaults that depend on the kind. */
import type { Definition } from '../protocol/definition.ts'
import type { Policy } from './state.ts'

type Raw = Omit<Definition, 'ports' | 'type' | 'restart' | 'leftovers' | 'ulimits'> & {
  type?: string | undefined
  restart?: Definition['restart'] | undefined
  leftovers?: Definition['leftovers'] | undefined
  ports: (number | 'auto')[]
  ulimits: Partial<Record<string, string>>
}

export function resolveDefinition(raw: Raw, ports: number[]): Definition {
  return {
    ...raw,
    ports,
    type: raw.type ?? raw.kind,
    restart: raw.restart ?? (raw.kind === 'service' ? 'always' : 'never'),
    leftovers: raw.leftovers ?? (raw.kind === 'service' ? 'kill' : 'keep'),
    ulimits: raw.ulimits as Record<string, string>,
  }
}

export function policyOf(definition: Definition): Policy {
  return {
    ...definition,
    readiness: definition.health === null ? definition.ports.length > 0 : definition.health.kind !== 'none',
  }
}

/** Whether anything is ever checked of it, and so whether its health can be known. */
export const isProbed = (definition: Definition): boolean =>
  definition.health?.kind !== 'none' && (definition.ports.length > 0 || definition.health !== null)
