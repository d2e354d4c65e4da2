/** Reads out how many processes need somebody, when that changes: every 5 s at most. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { counted } from '../../words/short.ts'
import { useApp } from '../app-state.ts'
import { needsYou } from '../titles.ts'

const EVERY_MS = 5000

export function Announcer() {
  const { known } = useApp()
  const count = needsYou(known.views.values()).length
  const [said, say] = useState('')
  const before = useRef<number | null>(null)
  const saidMs = useRef(0)
  useEffect(() => {
    if (!known.listed) return
    const first = before.current === null
    before.current = count
    // What was there when the page opened is its heading.
    if (first) return
    const wait = setTimeout(
      () => {
        saidMs.current = performance.now()
        say(count === 0 ? 'Nothing needs you' : `${counted(count, 'process needs', 'processes need')} you`)
      },
      Math.max(0, saidMs.current + EVERY_MS - performance.now()),
    )
    return () => clearTimeout(wait)
  }, [count, known.listed])
  return (
    <p class="hidden" aria-live="polite">
      {said}
    </p>
  )
}
