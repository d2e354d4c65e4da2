/** Carries out a plan: each process after those that it waits for, so that they are defined before it. */
import { startLevels } from '../../../files/order.ts'
import { baseOf, type FileChoices, labelled, type PlanEntry } from '../../../files/plan.ts'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import { foretell } from '../../../protocol/definition-changes.ts'
import { type ErrorBody, PtrackError, toErrorBody } from '../../../protocol/errors.ts'
import { namesOf } from '../../../protocol/project.ts'
import type { ActionResult, EnvCapture } from '../../../protocol/requests.ts'
import type { SessionOwner } from '../../../protocol/session.ts'
import type { TypePolicy } from '../../../protocol/settings.ts'
import type { Context } from '../../context.ts'
import { callerEnv } from '../../input/caller-env.ts'
import type { Verb } from '../../output/results.ts'
import type { FileProject } from './project.ts'
import { isWaiting, Waits } from './waits.ts'

type After = NonNullable<DefinitionInput['after']>

export interface Applied {
  verb: Verb
  results: ActionResult[]
}

export interface Facts {
  file: string
  project: FileProject
  policies: Record<string, TypePolicy>
  choices: FileChoices
  /** Names that have ended. */
  ended: ReadonlySet<string>
  /** Owns what is started. */
  session?: SessionOwner
}

/** Calls `done` per process. A failure does not stop the others, UNREACHABLE does. `standing`: unchanged, checked last. */
export async function apply(
  context: Context,
  entries: readonly PlanEntry[],
  untouched: readonly PlanEntry[],
  facts: Facts,
  timeoutMs: number,
  done: (applied: Applied) => void,
): Promise<void> {
  const leaving = entries.filter(({ act }) => act === 'delete').map(({ name }) => name)
  if (leaving.length > 0) done({ verb: 'delete', results: await context.request('delete', { targets: leaving }) })
  const byName = new Map(entries.filter(({ process }) => process !== null).map((entry) => [entry.name, entry]))
  const waiting = new Map([...byName].map(([name, { process }]) => [name, wholes(process!.definition.after ?? [])]))
  const waits = new Waits(context, timeoutMs)
  const record = (applied: Applied): void => {
    waits.record(applied.results)
    done(applied)
  }
  const handled = new Map<string, Promise<void>>()
  const handle = async (name: string): Promise<void> => {
    // Not the whole level before it: one that is slow to be ready holds up only what waits for it.
    await Promise.all(waiting.get(name)!.map((each) => handled.get(each.name)))
    const entry = byName.get(name)!
    if (entry.act === null) return
    const failed = (error: ErrorBody): Applied => ({
      verb: entry.act === 'set' ? 'set' : entry.act === 'restart' ? 'restart' : 'start',
      results: [{ ...namesOf(name), ok: false, note: null, view: null, error, tail: [] }],
    })
    const hopeless = entry.act === 'start' ? waits.hopeless(name, waiting.get(name)!) : null
    if (hopeless !== null) return record(failed(hopeless))
    try {
      for (const applied of await one(context, entry, facts)) {
        record(applied)
        const pending = applied.results.filter(isWaiting)
        if (pending.length > 0) record({ verb: 'wait', results: await waits.untilUp(pending, waiting.get(name)!) })
      }
    } catch (error) {
      // It concerns all alike, and is reported once.
      if (error instanceof PtrackError && error.code === 'UNREACHABLE') throw error
      record(failed(toErrorBody(error)))
    }
  }
  for (const name of startLevels(waiting).flat()) handled.set(name, handle(name))
  await Promise.all(handled.values())
  const unchanged = new Map(untouched.map(({ name, process }) => [name, wholes(process!.definition.after ?? [])]))
  const results = await waits.untouched(unchanged)
  if (results.length > 0) record({ verb: 'wait', results })
}

/** A dependent of one instance comes after the whole set. */
const wholes = (after: After): After => after.map((each) => ({ ...each, name: baseOf(each.name) }))

async function one(context: Context, entry: PlanEntry, facts: Facts): Promise<Applied[]> {
  const { file, project, policies, choices } = facts
  const owner = facts.session === undefined ? {} : { session: facts.session }
  const process = entry.process!
  const { name } = entry
  const definition = labelled(process, file, choices)
  const env: EnvCapture = {
    caller: callerEnv(context.io.env, process.cleanEnv),
    set: process.env,
    ...(process.instances > 1 && process.instanceEnv.length > 0 && { each: process.instanceEnv }),
  }
  if (entry.act === 'start-again')
    return [{ verb: 'start', results: await context.request('start', { targets: [name], ...owner }) }]
  if (entry.act === 'start' || entry.act === 'define' || entry.act === 'recreate') {
    if (entry.act === 'recreate') await context.request('delete', { targets: [name] })
    const set = process.instances > 1 ? { instances: process.instances, own: process.instanceOwn } : {}
    const projectDirectory = project.name === null ? undefined : project.directory
    const asked = { definition, env, ...set, projectDirectory, stopped: !process.autostart, ...owner }
    return [{ verb: 'start', results: await context.request('start', asked) }]
  }
  const fields = new Set(entry.fields.map(({ field }) => field))
  const whole = foretell(definition, policies, []) as unknown as Record<string, unknown>
  const changes: Record<string, unknown> = { metadata: definition.metadata }
  for (const field of fields) {
    if (field === 'ports') changes.ports = definition.ports ?? []
    else if (field in whole) changes[field] = field === 'metadata' ? definition.metadata : whole[field]
  }
  const set = await context.request('set', { targets: [name], changes })
  const applied: Applied[] = []
  if (set.some(({ ok }) => !ok)) return [{ verb: 'set', results: set }]
  if (fields.has('instances'))
    applied.push({ verb: 'scale', results: await context.request('scale', { target: name, instances: process.instances }) })
  // A service is replaced one instance at a time, and comes back as it was if the new version is not healthy.
  const starts = facts.session !== undefined && facts.ended.has(name)
  const anew = starts ? 'start' : definition.kind === 'job' ? 'restart' : 'reload'
  const asked = { targets: [name], env, replaceSet: true, updateEnv: fields.has('cleanEnv'), ...(starts && owner) }
  if (entry.act === 'restart') applied.push({ verb: anew, results: await context.request(anew, asked) })
  return applied.length > 0 ? applied : [{ verb: 'set', results: set.map((each) => ({ ...each, note: null })) }]
}
