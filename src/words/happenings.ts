/** What happened to one process, newest first: turns of its status and health, and what somebody asked for. Equal ones are one. */
import type { WhyView } from '../protocol/view.ts'
import { askedWords } from './actions.ts'
import { type State, stateOf, statusWord } from './states.ts'
import { clean, sentence } from './text.ts'

export interface Turn {
  key: string
  at: string
  /** null: somebody asked for something. */
  state: State | null
  what: string
  why: string
  count: number
}

const ofTimeline = ({ at, status, run, reason, health }: WhyView['timeline'][number]): Turn => {
  const state = stateOf({ status, health: health ?? 'unknown', crashLoop: false })
  const word = health === 'healthy' ? 'healthy again' : state === 'unhealthy' ? state : statusWord(status)
  // What the state says already is not said again.
  const because = reason?.startsWith(`${word}: `) ? reason.slice(word.length + 2) : reason
  const why = [run > 0 && `run ${run}`, because].filter(Boolean).join(': ')
  return { key: `${at} ${status} ${run} ${health ?? ''}`, at, state, what: sentence(word), why, count: 1 }
}

export function turnsOf({ timeline, actions }: Pick<WhyView, 'timeline' | 'actions'>, most: number): Turn[] {
  const asked = actions.map(
    (action): Turn => ({
      key: `${action.at} ${action.method}`,
      at: action.at,
      state: null,
      what: clean(action.by),
      why: askedWords(action),
      count: 1,
    }),
  )
  // What was asked for comes before what it led to.
  const all = [...asked, ...timeline.map(ofTimeline)].sort((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return folded(all).slice(-most).reverse()
}

const plain = ({ state, what, why }: Turn): string => `${state} ${what} ${why.replace(/^run \d+/, '')}`

/** A crash loop is two or three turns again and again: they are shown once, as of the last time, with their number. */
function folded(turns: readonly Turn[]): Turn[] {
  const kept: Turn[] = []
  for (const turn of turns) {
    const among = kept.slice(-4)
    const same = turn.state === null ? undefined : among.findLast((each) => plain(each) === plain(turn))
    // Only of what came between nothing is lost by it: all of that comes again too.
    if (same === undefined || among.slice(among.indexOf(same)).some(({ state }) => state === null)) kept.push(turn)
    else {
      kept.splice(kept.indexOf(same), 1)
      kept.push({ ...turn, count: same.count + 1 })
    }
  }
  return kept
}
