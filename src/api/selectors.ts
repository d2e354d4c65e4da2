/** The selectors of a request, put as targets that mean the same to everybody (core/selectors.ts), before anything else is done with it. */
import { type Names, toTarget } from '../core/selectors.ts'
import { projectOf } from '../protocol/project.ts'
import type { Method } from '../protocol/requests.ts'
import { VERBS } from '../protocol/verbs.ts'

type Fields = Record<string, unknown>

/** What these name may be gone. */
const asksForThePast = (method: Method): boolean =>
  VERBS[method].named === 'past' || VERBS[method].named === 'owner' || method.startsWith('logs.')

/** `project`: of the caller's directory. Throws AMBIGUOUS and NOT_FOUND. */
export function withTargets(method: Method, params: Fields, project: string | null, names: Names): Fields {
  const caller = { project, past: asksForThePast(method) }
  const replaced = (fields: Fields): Fields => {
    const { targets, target } = fields
    return {
      ...fields,
      ...(Array.isArray(targets) ? { targets: targets.map((each) => toTarget(each as string, caller, names)) } : {}),
      ...(typeof target === 'string' ? { target: toTarget(target, caller, names) } : {}),
    }
  }
  /** What a process waits for is looked for in its own project first. */
  const waiting = (fields: Fields): Fields => {
    const { name, after } = fields
    if (!Array.isArray(after)) return fields
    const own = { ...caller, project: (typeof name === 'string' ? projectOf(name) : null) ?? project }
    return { ...fields, after: after.map((each) => ({ ...each, name: toTarget(each.name, own, names) })) }
  }
  const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null
  return {
    ...replaced(params),
    ...(isFields(params.definition) ? { definition: waiting(params.definition) } : {}),
    ...(isFields(params.changes) ? { changes: waiting(params.changes) } : {}),
    ...(isFields(params.who) ? { who: replaced(params.who) } : {}),
    ...(isFields(params.filter) ? { filter: replaced(params.filter) } : {}),
  }
}
