/** What a live run does during a reload, and which version was refused: the words of `show` and the page. */
import type { RefusedView, RunView } from '../protocol/view.ts'
import { counted } from './short.ts'
import { clean } from './text.ts'

export type Serving = 'checking' | 'serving' | 'draining' | 'ending' | 'alive'

/** `serving`: it takes connections of the shared sockets; `alive`: it has none, or takes none yet. */
export function servingOf({ phase, serving, gate }: RunView): Serving {
  if (phase !== undefined) return phase
  return serving != null && gate !== 'shut' ? 'serving' : 'alive'
}

/** After the word, where it says more: the gate of what is checked, connections of what serves or drains. */
export function servingNote(run: RunView): string {
  const { gate, connections, drainingConnections } = run
  const which = servingOf(run)
  if (which === 'checking') return gate === 'open' ? '' : 'takes no connections until it is ready'
  if (which === 'alive') return gate === 'shut' ? 'takes no connections until it is ready' : ''
  const open = which === 'draining' ? (drainingConnections ?? connections) : connections
  if (open == null) return ''
  return which === 'draining' ? `${counted(open, 'connection')} left` : counted(open, 'connection')
}

export const refusedWords = ({ why, changed }: Pick<RefusedView, 'why' | 'changed'>): string => {
  const what = Object.entries(changed).map(([field, value]) => `${field} ${clean(JSON.stringify(value))}`)
  return [...what, clean(why)].join('; ')
}
