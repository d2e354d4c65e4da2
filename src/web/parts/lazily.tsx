/** A part that is fetched when it is first shown. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function lazily<P extends object>(fetch: () => Promise<ComponentType<P>>): ComponentType<P> {
  let fetched: ComponentType<P> | null = null
  return (props: P) => {
    const [Part, set] = useState<ComponentType<P> | null>(() => fetched)
    const [isLost, setLost] = useState(false)
    useEffect(() => {
      if (Part !== null) return
      let over = false
      fetch().then(
        (part) => {
          fetched = part
          if (!over) set(() => part)
        },
        () => over || setLost(true),
      )
      return () => {
        over = true
      }
    }, [])
    if (isLost) return <Lost />
    return Part === null ? null : <Part {...props} />
  }
}

/** The daemon is away, or another version of it has other parts. */
const Lost = () => (
  <div class="nothing">
    <h1>This part of the page could not be fetched.</h1>
    <button type="button" onClick={() => location.reload()}>
      Reload
    </button>
  </div>
)
