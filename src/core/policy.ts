/** The parts of a definition that the state machine decides by. */
import type { Definition } from '../protocol/definition.ts'
import type { LifecycleCommand } from '../protocol/names.ts'
import { LIFECYCLE_COMMANDS } from '../protocol/names.ts'
import { portsOf } from '../protocol/sockets.ts'
import type { Policy } from './state.ts'

export function policyOf(definition: Definition): Policy {
  return {
    kind: definition.kind,
    restart: definition.restart,
    maxRestarts: definition.maxRestarts,
    restartWindowMs: definition.restartWindowMs,
    restartDelayMs: definition.restartDelayMs,
    okExit: definition.okExit,
    noRestartExit: definition.noRestartExit,
    leftovers: definition.leftovers ?? (definition.kind === 'service' ? 'seen' : 'keep'),
    stopTimeoutMs: definition.stopTimeoutMs,
    timeoutMs: definition.timeoutMs,
    retries: definition.retries,
    retryInitialMs: definition.retryInitialMs,
    retryMaxMs: definition.retryMaxMs,
    retryFactor: definition.retryFactor,
    retryJitter: definition.retryJitter,
    retryOn: definition.retryOn,
    retryInterrupted: definition.retryInterrupted,
    readyTimeoutMs: definition.readyTimeoutMs,
    readiness: definition.health === null ? hasListeners(definition) : definition.health.kind !== 'none',
    scheduled: definition.kind === 'job' && definition.cron !== null,
    commands: LIFECYCLE_COMMANDS.filter((name) => commandLineOf(definition, name) !== null),
  }
}

const FIELD = { 'pre-start': 'preStart', 'post-start': 'postStart', 'pre-stop': 'preStop', 'post-stop': 'postStop' } as const

/** What a shell executes; null = the definition has none. */
export const commandLineOf = (definition: Definition, name: LifecycleCommand): string | null => definition[FIELD[name]] ?? null

/** Ports to hold, or sockets to accept from; a unix socket has no port. */
const hasListeners = (definition: Definition): boolean => portsOf(definition).length > 0 || definition.sockets.length > 0

/** Whether its health can be known at all. */
export const isProbed = (definition: Definition): boolean =>
  definition.health?.kind !== 'none' && (hasListeners(definition) || definition.health !== null)
