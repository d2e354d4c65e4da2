/** Creates processes: names, ports, environment, records. */
import { newLifecycle } from '../../../core/state.ts'
import type { ProcessRecord } from '../../../core/world.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { EnvCapture, Params } from '../../../protocol/requests.ts'
import { resolveDefinition } from '../../../protocol/resolve-definition.ts'
import { portsOf, type SocketSpec, withDrawnPorts } from '../../../protocol/sockets.ts'
import { stripPrivate } from '../../child-env.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import type { Managed } from '../../registry.ts'
import { checkAfter } from './after.ts'
import { checkDefinition } from './check-definition.ts'
import { listenersFor, refuseTakenPorts } from './free-ports.ts'
import { checkLogFiles } from './log-files.ts'

type RawDefinition = NonNullable<Params<'start'>['definition']>

export const envNameOf = (definition: Definition): string => definition.instance?.of ?? definition.name

/** Names that a new process may not have. That of a group counts as taken: its instances share the environment kept under it. */
export function refuseNames(supervisor: Supervisor, names: readonly string[]): void {
  for (const name of names) {
    supervisor.fleet.refuseName(name)
    const instance = (each: Managed): boolean => each.record.definition.instance?.of === name
    const existing = supervisor.registry.named(name) ?? supervisor.registry.find('name', name).find(instance)
    if (existing === undefined) continue
    const { status } = existing.record.tracked.state
    // Nothing of a job is lost: results, logs and its row of history stay.
    const replaceable = existing.record.definition.kind === 'job' && isEnded(status) && !instance(existing)
    const what = instance(existing) ? 'instances' : 'a process'
    throw new PtrackError(
      'DUPLICATE_NAME',
      `cannot define '${name}': ${what} of this name exist${instance(existing) ? '' : 's'} (id ${existing.record.id}, ${status})`,
      {
        hint: replaceable
          ? `\`ptrack run --replace --name ${name} -- COMMAND\` takes its place, \`ptrack start ${name}\` runs it again as it is, \`ptrack delete ${name}\` removes it, --name gives another name`
          : `\`ptrack start ${name}\` starts it again, \`ptrack set ${name} -- COMMAND\` changes its command, \`ptrack delete ${name}\` removes it, --name gives another name`,
        details: { id: existing.record.id, status, replaceable },
      },
    )
  }
}

/** Before these names are used: logs of earlier processes get a name of their own. */
export async function setLogsAside({ world, registry }: Supervisor, names: readonly string[]): Promise<void> {
  for (const name of names) if (registry.named(name) === undefined) await world.logs.setAside(name)
}

/** A fixed port and several instances: each takes the next one. */
async function portsFor(
  supervisor: Supervisor,
  raw: RawDefinition['ports'],
  index: number,
  taken: Set<number>,
): Promise<number[]> {
  const ports: number[] = []
  for (const port of raw) {
    let chosen = port === 'auto' ? await supervisor.world.prober.freePort() : port + index
    while (port === 'auto' && taken.has(chosen)) chosen = await supervisor.world.prober.freePort()
    if (chosen > 65_535)
      throw new PtrackError('USAGE', `cannot give instance ${index} a port: ${chosen} is beyond 65535`, {
        hint: 'use --port auto',
      })
    taken.add(chosen)
    ports.push(chosen)
  }
  return ports
}

const declaredPorts = (supervisor: Supervisor): Set<number> =>
  new Set([...supervisor.registry.all()].flatMap((managed) => portsOf(managed.record.definition)))

/** Shared ones, so each has one port however many instances there are. */
export async function drawSockets({ world }: Supervisor, sockets: readonly SocketSpec[]) {
  const names = new Set<string>()
  const drawn = await Promise.all(sockets.map(({ port }) => (port === 'auto' ? world.prober.freePort() : null)))
  const declared = withDrawnPorts(sockets, drawn)
  for (const { name } of declared) {
    if (names.has(name))
      throw new PtrackError('USAGE', `cannot share two sockets called '${name}'`, {
        hint: 'give one a name: --socket NAME=ADDRESS',
        details: { fields: ['sockets'] },
      })
    names.add(name)
  }
  return declared
}

/** As many as a short id of docker: results and runs keep an id for days after its process was deleted. */
const ID_DIGITS = 12

/** Drawn again while in use: ids have to be unique. */
function freshId({ world, registry }: Supervisor): string {
  for (;;) {
    const id = world.newId(ID_DIGITS)
    if (!registry.has('id', id) && !registry.has('name', id)) return id
  }
}

/** Of a process that a caller stays with. */
type Callers = Pick<ProcessRecord, 'input' | 'terminalInput' | 'execFor' | 'removeFor' | 'session' | 'definedBy'>

export function createRecord(supervisor: Supervisor, definition: Definition, owner?: string, callers: Callers = {}): Managed {
  const { world } = supervisor
  const nowMs = world.clock.wall()
  const number = world.store.takeNumber()
  supervisor.fleet.noteBegun(definition.metadata, number)
  return supervisor.orchestrator.add({
    id: freshId(supervisor),
    number,
    definition,
    owner: owner ?? world.user,
    createdAtMs: nowMs,
    tracked: newLifecycle(nowMs),
    startedAtMs: null,
    endedAtMs: null,
    lastExit: null,
    runs: [],
    timeline: [],
    tracking: null,
    ...(callers.input && { input: callers.input }),
    ...(callers.terminalInput && { terminalInput: callers.terminalInput }),
    ...(callers.execFor !== undefined && { execFor: callers.execFor }),
    ...(callers.removeFor !== undefined && { removeFor: callers.removeFor }),
    ...(callers.session && { session: callers.session }),
    ...(callers.definedBy && { definedBy: callers.definedBy }),
  })
}

/** New processes, not begun; all or none. `instances`: undefined = one under the plain name; N = NAME:0 .. NAME:N-1. */
export async function define(
  supervisor: Supervisor,
  raw: RawDefinition,
  env: EnvCapture | undefined,
  { instances, own, owner, ...callers }: Pick<Params<'start'>, 'instances' | 'own' | 'owner'> & Callers,
): Promise<Managed[]> {
  if (own !== undefined && own.length !== instances)
    throw new PtrackError('USAGE', `cannot define '${raw.name}': ${own.length} of its instances have something of their own`, {
      hint: `\`own\` names each of \`instances\` (${instances ?? 'none'})`,
    })
  const indices = instances === undefined ? [null] : Array.from({ length: instances }, (_, index) => index)
  const nameOf = (index: number | null) => (index === null ? raw.name : `${raw.name}:${index}`)
  if (raw.kind === 'external')
    throw new PtrackError('USAGE', `cannot start '${raw.name}': an external process is started elsewhere and reports itself`)
  refuseNames(supervisor, [...indices.map(nameOf), ...(instances === undefined ? [] : [raw.name])])
  for (const each of own?.map((fields) => ({ ...raw, ...fields })) ?? [raw]) {
    checkPattern(each.health)
    await checkDefinition(supervisor.world, each as RawDefinition)
  }
  for (const index of indices) checkAfter(supervisor, nameOf(index), raw.after)
  // Without ports there is nothing to look through ten thousand others for.
  const sockets = await drawSockets(supervisor, raw.sockets)
  const taken = raw.ports.length === 0 ? new Set<number>() : declaredPorts(supervisor)
  const definitions: Definition[] = []
  let shared: Definition | undefined
  for (const index of indices) {
    const name = nameOf(index)
    const instance = index === null ? raw.instance : { of: raw.name, index }
    const ports = await portsFor(supervisor, raw.ports, index ?? 0, taken)
    shared ??= resolveDefinition({ ...raw, name, instance, sockets }, ports, supervisor.settings.now.policies)
    // A copy of the first, which V8 makes in one go: a thousand assembled field by field are 7 MB of garbage.
    definitions.push(
      Object.assign(index === null ? shared : { ...shared }, { name, instance, ports }, index === null ? {} : own?.[index]),
    )
  }
  checkLogFiles(supervisor, definitions)
  const listeners = listenersFor(supervisor, definitions)
  for (const definition of definitions) refuseTakenPorts(supervisor, definition, listeners)
  const { coming } = supervisor.registry
  const envName = definitions[0] ? envNameOf(definitions[0]) : raw.name
  // Two definitions under way must not mix up their environments.
  if (coming.has(envName))
    throw new PtrackError('DUPLICATE_NAME', `cannot define '${raw.name}': another start is just defining it`, {
      hint: '--name gives another name',
    })
  coming.add(envName)
  try {
    const { caller = {}, set = {}, each } = env ?? {}
    await supervisor.world.envs.write(envName, { caller: stripPrivate(caller), set, ...(each && { each }) })
    await setLogsAside(
      supervisor,
      definitions.map((definition) => definition.name),
    )
    // Others may have been defined during the await.
    refuseNames(
      supervisor,
      definitions.map((definition) => definition.name),
    )
    return definitions.map((definition) => createRecord(supervisor, definition, owner, callers))
  } finally {
    coming.delete(envName)
  }
}

export async function defineInstance(
  supervisor: Supervisor,
  template: Definition,
  base: string,
  index: number,
): Promise<Definition> {
  const first = template.instance?.index ?? 0
  const raw = template.ports.map((port) => port - first)
  const ports = await portsFor(supervisor, raw, index, declaredPorts(supervisor))
  return { ...template, name: `${base}:${index}`, instance: { of: base, index }, ports }
}

export function checkPattern(health: { kind: string; pattern?: string } | null | undefined): void {
  if (health?.kind !== 'log' || health.pattern === undefined) return
  try {
    new RegExp(health.pattern)
  } catch (cause) {
    throw new PtrackError('USAGE', `cannot use '${health.pattern}' as a log probe: it is no regular expression`, {
      hint: 'for example --health "log:listening on"',
      details: { fields: ['health'] },
      cause,
    })
  }
}
