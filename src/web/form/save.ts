/** What a form of changes asks for: the definition first, then how many, then the run that picks it up. What fails ends it. */

import type { ErrorBody } from '../../protocol/errors.ts'
import type { ActionResult } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { request, say } from '../app-state.ts'
import { RequestError } from '../wire.ts'
import type { Changes } from './changes.ts'
import { fieldOf } from './start.ts'

export interface Answer {
  /** Beside which it stands; null = it is about all of it. */
  field: string | null
  text: string
  /** What others have changed meanwhile: by field what it is now. */
  conflict?: Record<string, unknown>
}

interface Wish {
  view: Pick<ProcessView, 'id' | 'name'>
  /** Of all its instances. */
  group: string
  read: Pick<Changes, 'changes' | 'expected'>
  variables: Record<string, string>
  /** null = as many as there are. */
  instances: number | null
  run: 'restart' | 'start' | null
}

/** null = all of it is done. */
export async function saveChanges({ view, group, read, variables, instances, run }: Wish): Promise<Answer | null> {
  const targets = [view.id]
  const isSet = Object.keys(variables).length > 0
  const env = isSet ? { env: { set: variables } } : {}
  const { changes, expected } = read
  const steps: [field: string | null, ask: () => Promise<ActionResult[]>][] = []
  if (Object.keys(changes).length > 0) steps.push([null, () => request('set', { targets, changes: changes as never, expected })])
  if (instances !== null) steps.push(['instances', () => request('scale', { target: group, instances, noWait: true })])
  if (run === 'restart') steps.push([null, () => request('restart', { targets, ...env, noWait: true })])
  // What is running is not touched: it has the variables from its next run.
  else if (run === 'start' || isSet) steps.push([isSet ? 'env' : null, () => request('start', { targets, ...env, noWait: true })])
  let said: string | null = null
  for (const [field, ask] of steps) {
    try {
      const results = await ask()
      const bad = results.find(({ ok }) => !ok)?.error
      if (bad) return answerOf(bad, field)
      said = results.at(-1)?.note ?? said
    } catch (error) {
      if (!(error instanceof RequestError)) throw error
      return answerOf(error, field)
    }
  }
  say({ tone: 'quiet', text: `${view.name}: ${said ?? 'changed'}`, process: view.name })
  return null
}

export function answerOf(
  error: Pick<RequestError, 'code' | 'message' | 'hint' | 'details'> | ErrorBody,
  field: string | null,
): Answer {
  const { code, message, hint, details } = error
  return {
    field: fieldOf({ code, details }) ?? field,
    text: hint ? `${message}; ${hint}` : message,
    ...(code === 'CONFLICT' && { conflict: details?.now as Record<string, unknown> }),
  }
}
