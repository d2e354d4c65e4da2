/** exec: a command beside a process, as if that had started it; a service that is never restarted, so that no queue delays it. */
import type { Identity } from '../../core/state.ts'
import { Definition } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { instanceVariables } from '../../protocol/instance-env.ts'
import { notFound } from '../../protocol/not-found.ts'
import { fullName, projectOf, shortName } from '../../protocol/project.ts'
import type { EnvCapture, Params } from '../../protocol/requests.ts'
import { portsOf } from '../../protocol/sockets.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Managed } from '../registry.ts'
import { define, envNameOf } from './shared/define.ts'
import { refuseExternal } from './shared/refusals.ts'
import { select } from './shared/select.ts'

const ID_DIGITS = 6
const NAME_CHARS = 100

export async function exec(supervisor: Supervisor, params: Params<'exec'>, gone: AbortSignal): Promise<ProcessView> {
  const { record } = one(supervisor, params.target)
  const { definition } = record
  const caller = params.caller === undefined ? null : callerOf(supervisor, definition.name, params.caller)
  if (params.input && caller === null)
    throw new PtrackError('USAGE', `cannot hand input on to ${definition.name}: stdin does not travel to another machine`)
  // A colon would make it look like an instance.
  const base = shortName(definition.name).replaceAll(':', '.').slice(0, NAME_CHARS)
  const { cwd, user, group, umask, nice, ulimits, noNewPrivileges, readOnly, privateTmp } = definition
  const wanted = Definition.parse({
    name: fullName(projectOf(definition.name), `${base}.exec-${supervisor.world.newId(ID_DIGITS)}`),
    type: 'exec',
    description: `exec of ${definition.name}`,
    command: params.command,
    tty: params.tty,
    restart: 'never',
    recordExit: true,
    leftovers: 'kill',
    ...{ cwd, user, group, umask, nice, ulimits, noNewPrivileges, readOnly, privateTmp },
  })
  const [managed] = await define(supervisor, wanted, envOf(supervisor, definition), {
    owner: record.owner,
    input: params.input && caller !== null ? caller : undefined,
    execFor: caller,
  })
  if (managed === undefined) throw new PtrackError('INTERNAL', 'cannot exec: nothing was defined')
  if (params.terminal !== undefined) supervisor.terminals.note(managed, params.terminal)
  supervisor.temporaries.leaveWith(gone, managed)
  supervisor.submit(managed, { kind: 'admitted' })
  return supervisor.views.of(managed)
}

function one(supervisor: Supervisor, target: string): Managed {
  const [managed, another] = select(supervisor, [target]).matched
  if (managed === undefined) throw notFound(target)
  if (another !== undefined)
    throw new PtrackError('BAD_REQUEST', `cannot exec in '${target}': more than one process matches it`, {
      hint: 'name one of them',
    })
  refuseExternal('exec in', managed)
  return managed
}

function callerOf({ world }: Supervisor, name: string, pid: number): Identity {
  const identity = world.table.identityOf(pid)
  if (identity !== null) return identity
  throw new PtrackError('USAGE', `cannot exec in ${name}: the daemon does not see its caller, pid ${pid}`, {
    hint: 'call it where the daemon runs (in the same container)',
  })
}

/** As the program has it. */
function envOf({ world }: Supervisor, definition: Definition): EnvCapture {
  const stored = world.envs.read(envNameOf(definition)) ?? { caller: world.baseEnv, set: {} }
  const port = portsOf(definition)[0]
  const { instance } = definition
  const own = stored.each === undefined || instance === null ? {} : instanceVariables(stored.each, instance.index)
  const set = { ...(port !== undefined && { PORT: String(port) }), ...stored.set, ...own }
  return { caller: stored.caller, set }
}
