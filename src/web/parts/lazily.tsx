/** A part that is fetched when it is first shown. */
import type { ComponentType } from 'preact'
import { useEffect, useState } from 'preact/hooks'

export function lazily<P extends object>(fetch: () => Promise<ComponentType<P>>): ComponentType<P> {
  let fetched: ComponentType<P> | null = null
  return (props: P) => {
    const [Part, set] = useState<ComponentType<P> | null>(() => fetched)
    useEffect(() => {
      if (Part !== null) return
      let over = false
      void fetch().then((part) => {
        fetched = part
        if (!over) set(() => part)
      })
      return () => {
        over = true
      }
    }, [])
    return Part === null ? null : <Part {...props} />
  }
}
