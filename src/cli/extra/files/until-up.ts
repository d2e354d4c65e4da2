/** Waiting for a service that waits for others: until it is up, or what it waits for cannot come, or the time is over. */
import type { DefinitionInput } from '../../../protocol/definition.ts'
import type { ErrorBody } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import { isEnded } from '../../../protocol/names.ts'
import type { ActionResult } from '../../../protocol/requests.ts'
import type { ProcessView } from '../../../protocol/view.ts'
import type { Context } from '../../context.ts'

type After = NonNullable<DefinitionInput['after']>

/** A service that waits for another is not up yet; a job in the queue has been accepted, which is all that is asked. */
export const waits = ({ ok, view }: ActionResult): boolean => ok && view?.kind === 'service' && view.status === 'pending'

/** Between two looks at whether what is waited for can still come. */
const LOOK_MS = 500
/** Who waits longer than this is told what for. */
const TELL_MS = 5000

/** `deadlineMono`: monotonic ms; null = none, for what is waited for may be a job of hours. */
export async function untilUp(
  context: Context,
  pending: readonly ActionResult[],
  after: After,
  deadlineMono: number | null,
  mono: () => number = monoMs,
): Promise<ActionResult[]> {
  const targets = pending.map(({ name }) => name)
  const tellMono = mono() + TELL_MS
  let told = false
  for (;;) {
    const leftMs = deadlineMono === null ? LOOK_MS : Math.max(1, Math.ceil(deadlineMono - mono()))
    const results = await context.request('wait', { targets, for: 'healthy', timeoutMs: Math.min(LOOK_MS, leftMs) })
    if (results.every(({ error }) => error?.code !== 'TIMED_OUT')) return results
    const awaited = after.length === 0 ? [] : await context.request('list', { targets: after.map(({ name }) => name), all: true })
    const why = hopeless(awaited, after)
    if (why !== null) return failed(results, 'FAILED', why)
    const open = awaited.filter((view) => !isMet(view, after)).map(({ name, status }) => `${name} (${status})`)
    const what = open.length === 0 ? 'its turn' : open.join(', ')
    if (deadlineMono !== null && mono() >= deadlineMono) return failed(results, 'TIMED_OUT', { what, look: targets[0]! })
    if (!told && mono() > tellMono) {
      context.note(`${targets.join(', ')} waits for ${what}; Ctrl-C ends the waiting, the processes go on`)
      told = true
    }
  }
}

interface Why {
  what: string
  look: string
}

const conditionOn = ({ name }: ProcessView, after: After) => after.find((each) => each.name === name)?.condition ?? 'healthy'

/** As far as a list tells; the daemon decides. */
function isMet(view: ProcessView, after: After): boolean {
  if (conditionOn(view, after) === 'done') return view.status === 'done'
  return view.status === 'running' && (conditionOn(view, after) === 'started' || view.health === 'healthy')
}

function hopeless(awaited: readonly ProcessView[], after: After): Why | null {
  for (const view of awaited) {
    const { name, status } = view
    if (isEnded(status) && status !== 'done' && conditionOn(view, after) !== 'started')
      return { what: `${name}, which ended ${status}`, look: name }
    // It may still come one day; nobody wants to sit before it until then.
    if (view.crashLoop) return { what: `${name}, which crashes again and again`, look: name }
  }
  return null
}

function failed(results: ActionResult[], code: 'FAILED' | 'TIMED_OUT', { what, look }: Why): ActionResult[] {
  const error = (name: string): ErrorBody => ({
    code,
    message: `cannot bring up ${name}${code === 'TIMED_OUT' ? ' in time' : ''}: it waits for ${what}`,
    hint: `\`ptrack why ${look}\` tells more`,
  })
  return results.map((each) => (each.error?.code === 'TIMED_OUT' ? { ...each, error: error(each.name) } : each))
}
