/** Makes a plan so: level by level, so that what is waited for is defined before who waits. */

import { startLevels } from '../../../files/order.ts'
import { foretell, marked, type PlanEntry } from '../../../files/plan.ts'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import { type ErrorBody, toErrorBody } from '../../../protocol/errors.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ActionResult, EnvCapture } from '../../../protocol/requests.ts'
import type { TypePolicy } from '../../../protocol/settings.ts'
import { callerEnv } from '../../caller-env.ts'
import type { Context } from '../../context.ts'
import type { Verb } from '../../results.ts'

export interface Applied {
  verb: Verb
  results: ActionResult[]
}

interface Facts {
  file: string
  policies: Record<string, TypePolicy>
}

/** `told` hears of each process as soon as it is so. A failure does not keep the others from their turn. */
export async function apply(
  context: Context,
  entries: readonly PlanEntry[],
  facts: Facts,
  told: (applied: Applied) => void,
): Promise<void> {
  const leaving = entries.filter(({ act }) => act === 'delete').map(({ name }) => name)
  if (leaving.length > 0) told({ verb: 'delete', results: await context.request('delete', { targets: leaving }) })
  const byName = new Map(entries.filter(({ process }) => process !== null).map((entry) => [entry.name, entry]))
  const waiting = new Map([...byName].map(([name, { process }]) => [name, process!.definition.after ?? []]))
  for (const level of startLevels(waiting)) {
    await Promise.all(
      level.map(async (name) => {
        const entry = byName.get(name)!
        if (entry.act === null) return
        try {
          for (const applied of await one(context, entry, facts)) {
            told(applied)
            if (applied.results.some(waits)) {
              const after = entry.process!.definition.after ?? []
              told({ verb: 'wait', results: await untilUp(context, applied.results.filter(waits), after) })
            }
          }
        } catch (error) {
          const failure = { name, ok: false, note: null, view: null, error: toErrorBody(error), tail: [] }
          told({ verb: entry.act === 'set' ? 'set' : entry.act === 'restart' ? 'restart' : 'start', results: [failure] })
        }
      }),
    )
  }
}

/** A service that waits for another is not up yet; a job in the queue has been accepted, which is all that is asked. */
const waits = ({ ok, view }: ActionResult): boolean => ok && view?.kind === 'service' && view.status === 'pending'

/** Between two looks at whether what is waited for can still come. */
const LOOK_MS = 500

async function untilUp(
  context: Context,
  pending: ActionResult[],
  after: NonNullable<DefinitionInput['after']>,
): Promise<ActionResult[]> {
  const targets = pending.map(({ name }) => name)
  for (;;) {
    const results = await context.request('wait', { targets, for: 'healthy', timeoutMs: LOOK_MS })
    if (results.every(({ error }) => error?.code !== 'TIMED_OUT')) return results
    const awaited = after.length === 0 ? [] : await context.request('list', { targets: after.map(({ name }) => name), all: true })
    const hopeless = awaited.find(({ name, status }) => {
      const condition = after.find((each) => each.name === name)?.condition ?? 'healthy'
      return isEnded(status) && status !== 'done' && condition !== 'started'
    })
    if (hopeless === undefined) continue
    const error = (name: string): ErrorBody => ({
      code: 'FAILED',
      message: `cannot bring up ${name}: it waits for ${hopeless.name}, which ended ${hopeless.status}`,
      hint: `\`ptrack why ${hopeless.name}\` tells more`,
    })
    return results.map((each) => (each.error?.code === 'TIMED_OUT' ? { ...each, error: error(each.name) } : each))
  }
}

async function one(context: Context, entry: PlanEntry, { file, policies }: Facts): Promise<Applied[]> {
  const process = entry.process!
  const { name } = entry
  const definition = marked(process, file)
  const env: EnvCapture = { caller: callerEnv(context.io.env, process.cleanEnv), set: process.env }
  if (entry.act === 'start-again') return [{ verb: 'start', results: await context.request('start', { targets: [name] }) }]
  if (entry.act === 'start' || entry.act === 'recreate') {
    if (entry.act === 'recreate') await context.request('delete', { targets: [name] })
    const instances = process.instances > 1 ? process.instances : undefined
    return [{ verb: 'start', results: await context.request('start', { definition, env, instances }) }]
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
  if (entry.act === 'restart')
    applied.push({
      verb: 'restart',
      results: await context.request('restart', {
        targets: [name],
        env,
        replaceSet: true,
        updateEnv: fields.has('cleanEnv'),
      }),
    })
  return applied.length > 0 ? applied : [{ verb: 'set', results: set.map((each) => ({ ...each, note: null })) }]
}
