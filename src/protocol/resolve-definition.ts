/** Defaults of a definition that depend on its kind and the policy of its type: applied by the daemon, predicted by a plan. */
import type { Definition } from './definition.ts'
import type { TypePolicy } from './settings.ts'
import type { DeclaredSocket, SocketSpec } from './sockets.ts'

/** A job that hangs does not hold its slot for ever. Behind a terminal somebody may be sitting. */
const JOB_TIMEOUT_MS = 2 * 60 * 60 * 1000

/** Retry numbers of a type without a policy: none, 1 s x2 up to 5 min, +-20 %. */
const defaultRetry = { retries: 0, retryInitialMs: 1000, retryMaxMs: 300_000, retryFactor: 2, retryJitter: true }

type ByPolicy = keyof typeof defaultRetry | 'timeoutMs'
type Raw = Omit<Definition, 'ports' | 'sockets' | 'type' | 'restart' | 'ulimits' | ByPolicy> & {
  [K in ByPolicy]?: Definition[K] | undefined
} & {
  type?: string | undefined
  restart?: Definition['restart'] | undefined
  ports: (number | 'auto')[]
  sockets: SocketSpec[]
  ulimits: Partial<Record<string, string>>
}

/** `policies`: by type, as in the settings. */
export function resolveDefinition(raw: Raw, ports: number[], policies: Readonly<Record<string, TypePolicy>>): Definition {
  const type = raw.type ?? raw.kind
  const policy = raw.kind === 'service' || !Object.hasOwn(policies, type) ? {} : policies[type]!
  const timeoutMs = raw.timeoutMs !== undefined ? raw.timeoutMs : policy.timeoutMs
  const resolved: Definition = Object.assign({} as Raw, raw, {
    ports,
    sockets: raw.sockets as DeclaredSocket[],
    type,
    timeoutMs: timeoutMs !== undefined ? timeoutMs : raw.kind === 'job' && !raw.tty ? JOB_TIMEOUT_MS : null,
    retries: raw.retries ?? policy.retries ?? defaultRetry.retries,
    retryInitialMs: raw.retryInitialMs ?? policy.retryInitialMs ?? defaultRetry.retryInitialMs,
    retryMaxMs: raw.retryMaxMs ?? policy.retryMaxMs ?? defaultRetry.retryMaxMs,
    retryFactor: raw.retryFactor ?? policy.retryFactor ?? defaultRetry.retryFactor,
    retryJitter: raw.retryJitter ?? policy.retryJitter ?? defaultRetry.retryJitter,
    restart: raw.restart ?? (raw.kind === 'service' ? 'always' : 'never'),
    ulimits: raw.ulimits as Record<string, string>,
  })
  return compact(resolved)
}

/** Copied through JSON for V8: built field by field, each has a hidden class of its own, 3 KB instead of 0.4. */
const compact = (definition: Definition): Definition => JSON.parse(JSON.stringify(definition)) as Definition
