/** start and run: a service that is there, and a job with its result. */
import { resolve } from 'node:path'
import type { DefinitionInput } from '../../../../protocol/definition.ts'
import { PtrackError } from '../../../../protocol/errors.ts'
import { RESTART_POLICIES } from '../../../../protocol/names.ts'
import { fullName } from '../../../../protocol/project.ts'
import type { EnvCapture } from '../../../../protocol/requests.ts'
import * as values from '../../../../protocol/values.ts'
import type { ProcessView } from '../../../../protocol/view.ts'
import { portIn, servedAt, urlIn, urlOfPort } from '../../../../words/local-url.ts'
import type { Context } from '../../../context.ts'
import { callerEnv } from '../../../input/caller-env.ts'
import { nameFromCommand } from '../../../input/interpreter.ts'
import { reading } from '../../../input/parse.ts'
import { submitJob } from '../../../input/submit-job.ts'
import { type Answer, failed, ok } from '../answer.ts'
import { choice, flag, takes, text, whole } from '../schema.ts'
import { type Args, type Call, secondsOf, type Tool } from '../tool.ts'
import { summary } from '../views.ts'
import { acted } from './acting.ts'
import * as fields from './fields.ts'
import { forwards, inPart, lastLines } from './reading-logs.ts'

const wordsOf = (command: string | string[]): string[] => (typeof command === 'string' ? ['/bin/sh', '-c', command] : command)

/** In the project of the directory, whose name this gives a name if it has none. */
function definitionOf({ scope, directory, context }: Call, args: Args, kind: 'service' | 'job'): DefinitionInput {
  const given = fullName(args.name.includes('/') ? null : scope.project, args.name)
  if (!scope.includes({ project: given.slice(0, given.indexOf('/')) }))
    throw new PtrackError('USAGE', `cannot ${kind === 'job' ? 'run' : 'start'} ${args.name}: it would be in another project`, {
      hint: `leave out what stands before the slash: this server is about ${scope.project}`,
    })
  context.names.learn(given)
  return {
    name: given,
    kind,
    command: wordsOf(args.command),
    cwd: resolve(directory, args.cwd ?? '.'),
    ...(args.tty && { tty: true }),
  }
}

const projectOf = ({ scope }: Call): { projectDirectory?: string } =>
  scope.projectDirectory === undefined ? {} : { projectDirectory: scope.projectDirectory }

const envOf = ({ io }: Context, args: Args): EnvCapture => ({ caller: callerEnv(io.env), set: args.env ?? {} })

function checks({ port, health }: Args): Pick<DefinitionInput, 'ports' | 'health'> {
  const isPath = health?.startsWith('/') === true
  if (isPath && typeof port !== 'number')
    throw new PtrackError('USAGE', `cannot check ${health}: a path needs a \`port\` that is a number`, {
      hint: 'or give the whole URL',
    })
  const probe = isPath ? `http://localhost:${port}${health}` : health
  return {
    ...(port === undefined ? {} : { ports: [port] }),
    ...(probe === undefined ? {} : { health: reading('health', values.probe)(probe) }),
  }
}

const LOOK_MS = 100
/** What declares no port is given so long to say where it listens. */
const ANNOUNCED_MS = 3000
const FIRST_LINES = 20
const NO_PORT = 'it has no `port`, and has printed no URL yet: whether it listens is not known'

/** The first lines of the present run, and a URL in them. */
async function beginning(context: Context, call: Call, view: ProcessView, untilMs: number) {
  const query = { targets: [view.fullName], run: -1, max: FIRST_LINES }
  for (;;) {
    const part = await forwards(context, call.scope, query, 3000)
    const printed = part.lines.map(urlIn).find((url) => url !== null) ?? null
    if (printed !== null || Date.now() >= untilMs) return { part, printed }
    await new Promise((done) => setTimeout(done, LOOK_MS))
  }
}

async function readyFacts(call: Call, view: ProcessView, { health }: Args, deadlineMs: number): Promise<Answer> {
  const { scope, context } = call
  const declared = view.ports[0]?.port
  const knows = declared !== undefined || health !== undefined
  const untilMs = knows || view.status !== 'running' ? 0 : Math.min(deadlineMs, Date.now() + ANNOUNCED_MS)
  const { part, printed } = await beginning(context, call, view, untilMs)
  const url = servedAt(declared === undefined ? null : urlOfPort(declared, view.command), printed)
  const port = declared ?? (url === null ? null : portIn(url))
  return {
    ...summary(view, scope),
    ready: view.status === 'running' && (view.health === 'healthy' || view.health === 'unknown'),
    port,
    url,
    ...(port === null && !knows ? { note: NO_PORT } : {}),
    ...inPart(part),
  }
}

const start: Tool = {
  name: 'start',
  title: 'Start a service',
  description:
    'Starts a service, such as a dev server, and waits until it is ready; answers with its url, port, pid and first lines. If it runs already, defined in the same way, that is the answer. Give its `port` if you know it: then "ready" means that it listens.',
  schema: takes(
    {
      name: fields.name,
      command: fields.command,
      cwd: fields.cwd,
      env: fields.env,
      port: {
        anyOf: [
          { type: 'integer', minimum: 1, maximum: 65_535 },
          { type: 'string', enum: ['auto'] },
        ],
        description: 'the TCP port that it listens on; it finds it in PORT. `auto`: a free one',
      },
      health: text(
        'a path such as /health (with `port`), http://.., tcp:HOST:PORT, log:REGEX, exec:COMMAND; none: it listens nowhere',
        1024,
      ),
      restart: choice('when it has ended (default: always)', RESTART_POLICIES),
      tty: flag('it gets a terminal, so that you can `send` to it'),
      keep: fields.keep,
      timeout: fields.timeout(60, 'until it is ready'),
    },
    ['name', 'command'],
  ),
  needs: 'start',
  hints: { again: true },
  // The daemon's own answer comes first.
  limitMs: (args) => secondsOf(args, 60) + 2000,
  async call(call, args) {
    const deadlineMs = Date.now() + secondsOf(args, 60)
    const definition = { ...definitionOf(call, args, 'service'), ...checks(args), ...(args.restart && { restart: args.restart }) }
    const context = call.starting(args.keep === true)
    const asked = { definition, ...projectOf(call), env: envOf(context, args), ifMissing: true }
    const results = await within(context.request('start', asked), deadlineMs)
    if (results === null) {
      const [view] = await context.request('list', { targets: [definition.name] })
      return ok({
        ...(view && summary(view, call.scope)),
        ready: false,
        note: `it is not ready after ${args.timeout ?? 60} s; \`wait\` waits on, \`why\` and \`logs\` say more`,
      })
    }
    const [result] = results
    if (results.length !== 1 || !result?.ok || result.view === null) return acted(results, call.scope)
    // What this client has started before was not to stay.
    if (args.keep && result.view.session !== null) await context.request('keep', { targets: [definition.name] })
    const view = args.keep ? { ...result.view, session: null } : result.view
    const ready = await readyFacts(call, view, args, deadlineMs)
    return ok({ ...ready, note: result.note ?? ready.note })
  },
}

/** null: it takes longer. */
async function within<T>(work: Promise<T>, deadlineMs: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>((done) => {
    timer = setTimeout(done, Math.max(0, deadlineMs - Date.now()), null)
  })
  // When it comes too late, `why` and `list` know what became of it.
  work.catch(() => undefined)
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}

const run: Tool = {
  name: 'run',
  title: 'Run a job',
  description:
    'Runs a command to its end, and answers with its exit code and last lines; what takes longer than `timeout` goes on, and the answer is its name for `wait`, `logs` and `progress`. An ended job of the same name makes room.',
  schema: takes(
    {
      command: fields.command,
      name: text('name (default: the name of the program)', 120),
      cwd: fields.cwd,
      env: fields.env,
      tty: flag('it gets a terminal, so that you can `send` to it'),
      retries: whole('further runs if it fails', 0, 1000),
      lines: whole('of its output, at most (default: 40)', 0, 200),
      keep: fields.keep,
      timeout: fields.timeout(60, 'for its end; 0: not at all'),
    },
    ['command'],
  ),
  needs: 'start',
  hints: {},
  limitMs: (args) => secondsOf(args, 60) + 10_000,
  async call(call, args) {
    const context = call.starting(args.keep === true)
    const named = {
      ...args,
      name:
        args.name ?? nameFromCommand(typeof args.command === 'string' ? args.command.trim().split(/\s+/) : args.command, null),
    }
    const definition = { ...definitionOf(call, named, 'job'), ...(args.retries === undefined ? {} : { retries: args.retries }) }
    const options = { ...projectOf(call), ...(args.name && { name: args.name }), replace: args.name !== undefined }
    const begun = await submitJob(context, definition, envOf(context, args), options)
    if (!begun.ok || begun.view === null) return acted([begun], call.scope)
    const { id, fullName: name } = begun.view
    const [ended] = await context.request('wait', { targets: [id], for: 'ended', timeoutMs: secondsOf(args, 60) })
    const view = ended?.view ?? begun.view
    const max = args.lines ?? 40
    const part =
      max === 0 ? null : await lastLines(context, call.scope, { targets: [name], run: view.run || undefined, tail: max })
    const shown = { ...summary(view, call.scope), ...(part && inPart(part)) }
    if (ended?.ok) return ok({ outcome: 'ended', ...shown })
    if (ended?.error?.code === 'TIMED_OUT')
      return ok({ outcome: 'running', ...shown, note: 'it goes on; `wait` waits for its end, `logs` with this cursor reads on' })
    return failed(ended?.error ?? { code: 'FAILED', message: `cannot run ${call.scope.shown(name)}` }, {
      outcome: 'ended',
      ...shown,
    })
  },
}

export const starting: readonly Tool[] = [start, run]
