/** set: changes the definition of an existing process, and says what only a new run picks up. */
import type { Definition } from '../../protocol/definition.ts'
import { canonical } from '../../protocol/definition-changes.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { isForNextRun, keyOf } from '../../protocol/fields.ts'
import { isEnded } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { resolveDefinition } from '../../protocol/resolve-definition.ts'
import { type DeclaredSocket, socketsNameOf } from '../../protocol/sockets.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { type Managed, nameOf } from '../registry.ts'
import { checkAfter } from './shared/after.ts'
import { checkDefinition } from './shared/check-definition.ts'
import { checkPattern, drawSockets } from './shared/define.ts'
import { checkLogFiles } from './shared/log-files.ts'
import { forEachTarget, success } from './shared/select.ts'

/** They were opened as declared, and instances hold them. */
function refuseOpenSockets({ sockets }: Supervisor, managed: Managed, wanted: readonly DeclaredSocket[]): void {
  const { definition } = managed.record
  const name = socketsNameOf(definition)
  if (sockets.of(name) === null || JSON.stringify(definition.sockets) === JSON.stringify(wanted)) return
  throw new PtrackError('SOCKETS_CHANGED', `cannot change the sockets of ${name} while they are open`, {
    hint: `\`ptrack stop ${name}\` closes them; change them then, and start it again`,
  })
}

/** Somebody else was faster: what he has done is not undone unseen. */
function refuseConflict(managed: Managed, expected: Readonly<Record<string, unknown>>): void {
  const { definition } = managed.record
  const is = (field: string): unknown => definition[field as keyof Definition] ?? null
  const other = Object.keys(expected).filter((field) => canonical(is(field)) !== canonical(expected[field]))
  if (other.length === 0) return
  const name = nameOf(managed)
  throw new PtrackError('CONFLICT', `cannot change ${name}: it was changed meanwhile: ${other.map(keyOf).join(', ')}`, {
    hint: `\`ptrack show ${name}\` says what it has now`,
    details: { now: Object.fromEntries(other.map((field) => [field, is(field)])) },
  })
}

export function set(supervisor: Supervisor, params: Params<'set'>): Promise<ActionResult[]> {
  checkPattern(params.changes.health)
  return forEachTarget(supervisor, params.targets, async (managed) => {
    const { record } = managed
    const { command, sockets: shared, tty, stdin, stopSend } = record.definition
    await checkDefinition(supervisor.world, { command, sockets: shared, tty, stdin, stopSend, ...params.changes })
    const asked = params.changes.ports ?? []
    const drawn = await Promise.all(asked.map((port) => (port === 'auto' ? supervisor.world.prober.freePort() : port)))
    const sockets =
      params.changes.sockets === undefined ? record.definition.sockets : await drawSockets(supervisor, params.changes.sockets)
    if (params.changes.sockets !== undefined) refuseOpenSockets(supervisor, managed, sockets)
    // No await from here to the change: what is checked now still holds when it is made.
    if (managed.removed) throw new PtrackError('NOT_FOUND', `cannot change ${nameOf(managed)}: it was deleted meanwhile`)
    if (params.expected !== undefined) refuseConflict(managed, params.expected)
    if (params.changes.after !== undefined) checkAfter(supervisor, nameOf(managed), params.changes.after)
    const ports = params.changes.ports === undefined ? record.definition.ports : drawn
    const changed = { ...record.definition, ...params.changes, sockets }
    const definition = resolveDefinition(changed, ports, supervisor.settings.now.policies)
    if ('outFile' in params.changes || 'errFile' in params.changes) checkLogFiles(supervisor, [definition])
    supervisor.orchestrator.redefine(managed, definition)
    const later = Object.keys(params.changes).filter(isForNextRun)
    const live = !isEnded(record.tracked.state.status)
    const note =
      later.length > 0 && live
        ? `${later.join(', ')} take${later.length === 1 ? 's' : ''} effect with the next run: \`ptrack restart ${nameOf(managed)}\``
        : null
    return success(supervisor, managed, note)
  })
}
