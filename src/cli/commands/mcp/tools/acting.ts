/** Tools that act on what is there: stop, restart, send, orphans, kill_orphan. */
import { PtrackError } from '../../../../protocol/errors.ts'
import { projectOf } from '../../../../protocol/project.ts'
import type { ActionResult } from '../../../../protocol/requests.ts'
import { type Answer, facts, failed, ok, page } from '../answer.ts'
import { flag, takes, text, whole } from '../schema.ts'
import type { Scope } from '../scope.ts'
import { type Call, namesIn, QUICK_MS, secondsOf, type Tool } from '../tool.ts'
import { plainText, summary } from '../views.ts'
import * as fields from './fields.ts'

export function resultFacts({ fullName, ok: isOk, note, view, error, tail }: ActionResult, scope: Scope): Answer {
  return facts({
    ...(view ? summary(view, scope) : { name: scope.shown(fullName) }),
    ok: isOk,
    note,
    error: error && facts({ code: error.code, message: error.message, hint: error.hint }),
    lines: tail.length > 0 ? tail.map(plainText) : null,
  })
}

/** One: its facts. Several: a list, and the error of the first that failed. */
export function acted(all: readonly ActionResult[], scope: Scope): Answer {
  const results = all.filter(({ leftAlone }) => leftAlone === undefined)
  const failure = results.find((each) => !each.ok)
  const [only] = results
  if (results.length === 1 && only) {
    const { ok: _ok, error, ...more } = resultFacts(only, scope)
    return error ? { error, ...more } : ok(more)
  }
  const { items, ...more } = page(
    results.map((each) => resultFacts(each, scope)),
    undefined,
  )
  const shown = { processes: items, ...more }
  return failure?.error ? failed(failure.error, shown) : ok(shown)
}

const limitMs = (args: { timeout?: number }): number => secondsOf(args, 60)
const ACT_ON = takes({ name: fields.names, timeout: fields.timeout(60, 'for the outcome') }, ['name'])

const stop: Tool = {
  name: 'stop',
  title: 'Stop processes',
  description: 'Stops processes and everything that they have started; answers when nothing of them is alive.',
  schema: ACT_ON,
  needs: 'stop',
  hints: { destroys: true, again: true },
  limitMs,
  async call({ context, scope }, { name }) {
    return acted(await context.request('stop', { targets: await scope.targets(context, namesIn(name)) }), scope)
  },
}

const restart: Tool = {
  name: 'restart',
  title: 'Restart processes',
  description: 'Restarts processes, and starts stopped ones; answers when they are ready.',
  schema: ACT_ON,
  needs: 'restart',
  hints: { destroys: true },
  limitMs,
  async call({ context, scope }, { name }) {
    return acted(await context.request('restart', { targets: await scope.targets(context, namesIn(name)) }), scope)
  },
}

const send: Tool = {
  name: 'send',
  title: 'Type at a terminal',
  description:
    'Types at the terminal of a process that was started with `tty`: text with Enter behind it, and keys such as ctrl-c. Read what it says with `logs`.',
  schema: takes(
    {
      name: fields.name,
      text: { type: 'string', maxLength: 32_768, description: 'what is typed' },
      enter: flag('Enter behind the text (default: true)'),
      keys: {
        type: 'array',
        items: { type: 'string', minLength: 1, maxLength: 20 },
        minItems: 1,
        maxItems: 50,
        description: 'ctrl-c, enter, up, esc, or one character',
      },
    },
    ['name'],
  ),
  needs: 'send',
  hints: {},
  limitMs: () => QUICK_MS,
  async call({ context, scope, printing }, args) {
    const target = await scope.names(context, [args.name])
    if (target.length !== 1) throw new PtrackError('USAGE', `cannot send to ${args.name}: it names ${target.length} processes`)
    const { send: type } = await import('../../send/send.ts')
    const printed = await printing((own) => type(own, target[0]!, args.text, { key: args.keys, raw: args.enter === false }))
    return ok({ name: scope.shown(target[0]!), written: (printed as { written: number }).written })
  },
}

/** Those of this project; with `--all` also those that nobody knows. */
const orphansOf = async ({ context, scope }: Call) =>
  (await context.request('orphans', {})).filter(
    ({ process }) => scope.all || (process !== null && scope.includes({ project: projectOf(process) })),
  )

const orphans: Tool = {
  name: 'orphans',
  title: 'List orphans',
  description:
    'What processes of this project have left behind, and who holds their ports, with the evidence and the identity that `kill_orphan` asks for.',
  schema: takes({ cursor: fields.cursor }),
  needs: 'orphans',
  hints: { reads: true, again: true },
  limitMs: () => QUICK_MS,
  async call(call, { cursor }) {
    const rows = (await orphansOf(call)).map(({ pid, identity, kind, process, command, ports, evidence, since }) =>
      facts({
        pid,
        identity,
        kind,
        process: process === null ? null : call.scope.shown(process),
        command: command.slice(0, 200),
        ports: ports.length > 0 ? ports : null,
        evidence,
        since,
      }),
    )
    const { items, ...more } = page(rows, cursor)
    return ok({ orphans: items, ...more })
  },
}

const killOrphan: Tool = {
  name: 'kill_orphan',
  title: 'End an orphan',
  description:
    'Ends one orphan of `orphans`. Its pid and its identity are both asked for, so that a number which now belongs to another program is left alone.',
  schema: takes({ pid: whole('as `orphans` says', 1, 2 ** 31), identity: text('as `orphans` says', 256) }, ['pid', 'identity']),
  needs: 'kill-orphan',
  hints: { destroys: true, again: true },
  limitMs: () => QUICK_MS,
  async call(call, { pid, identity }) {
    const known = (await orphansOf(call)).find((each) => each.pid === pid && each.identity === identity)
    if (known === undefined)
      throw new PtrackError('NOT_FOUND', `cannot end pid ${pid}: no orphan of this project has this pid and this identity`, {
        hint: 'ask `orphans` again; it may have ended',
      })
    const [result] = await call.context.request('kill-orphan', { identities: [identity], callerPid: process.pid })
    if (result === undefined) throw new PtrackError('NOT_FOUND', `cannot end pid ${pid}: it is gone`)
    const { result: how, signal, reason } = result
    if (how === 'refused' || how === 'alive')
      throw new PtrackError(how === 'refused' ? 'UNSAFE' : 'UNKILLABLE', `cannot end pid ${pid}: ${reason ?? `it is ${how}`}`)
    return ok({ pid, result: how, signal })
  },
}

export const acting: readonly Tool[] = [stop, restart, send, orphans, killOrphan]
