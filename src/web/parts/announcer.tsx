/** Reads out what changed: the state of the process that is looked at, and how many need somebody. Every 5 s at most. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { shortName } from '../../protocol/project.ts'
import { counted } from '../../words/short.ts'
import { STATES, type State, stateOf } from '../../words/states.ts'
import { useApp } from '../app-state.ts'
import type { Route } from '../route.ts'
import { needsYou } from '../titles.ts'

const EVERY_MS = 5000

interface Heard {
  count: number
  name: string | null
  state: State | null
}

export function Announcer({ route }: { route: Route }) {
  const { known } = useApp()
  const count = needsYou(known.views.values()).length
  const name = route.page === 'process' ? route.name : (route.page === 'processes' && route.query.sel) || null
  const view = name === null ? undefined : [...known.views.values()].find((each) => each.name === name)
  const state = view === undefined ? null : stateOf(view)
  const [said, say] = useState('')
  const heard = useRef<Heard | null>(null)
  const saidMs = useRef(0)
  useEffect(() => {
    if (!known.listed) return
    // What was there when the page opened is its heading, and the state of what is chosen anew stands beside its name.
    const before: Heard = { count, name, state, ...heard.current }
    if (before.name !== name || before.state === null) Object.assign(before, { name, state })
    heard.current = before
    if (changes(before, { count, name, state }) === '') return
    const wait = setTimeout(
      () => {
        saidMs.current = performance.now()
        heard.current = { count, name, state }
        say(changes(before, { count, name, state }))
      },
      Math.max(0, saidMs.current + EVERY_MS - performance.now()),
    )
    return () => clearTimeout(wait)
  }, [count, name, state, known.listed])
  return (
    <p class="hidden" aria-live="polite">
      {said}
    </p>
  )
}

function changes(before: Heard, now: Heard): string {
  const parts = []
  if (now.name !== null && now.state !== null && now.state !== before.state)
    parts.push(`${shortName(now.name)} ${STATES[now.state].clause}`)
  if (now.count !== before.count)
    parts.push(now.count === 0 ? 'nothing needs you' : `${counted(now.count, 'process needs', 'processes need')} you`)
  return parts.join('; ')
}
