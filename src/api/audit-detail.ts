/** What a person wants to know of a request beside its name and targets; never a value that may be a secret. */
import type { Method } from '../protocol/requests.ts'

type Fields = Record<string, unknown>

export function auditDetail(method: Method, params: Fields): string | null {
  switch (method) {
    case 'signal':
    case 'cancel':
      return typeof params.signal === 'string' ? params.signal : null
    case 'scale':
      return `to ${String(params.instances)}`
    case 'set':
      return Object.keys(params.changes as Fields).join(', ') || null
    case 'start':
      return params.definition === undefined ? null : 'defined'
    case 'delete':
      return params.purge === true ? 'with its logs and results' : null
    case 'track.end':
      return String(params.outcome)
    case 'limits.set':
    case 'retention.set':
      return Object.keys(params).join(', ') || null
    default:
      return null
  }
}
