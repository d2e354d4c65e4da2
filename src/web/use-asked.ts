/** An answer of the daemon, requested again when `key` changes; the last one stays meanwhile. */
import { useEffect, useState } from 'preact/hooks'

export interface Asked<T> {
  value: T | null
  error: Error | null
}

export function useAsked<T>(key: string, ask: () => Promise<T>): Asked<T> {
  const [asked, set] = useState<Asked<T>>({ value: null, error: null })
  useEffect(() => {
    let over = false
    ask().then(
      (value) => over || set({ value, error: null }),
      (error: Error) => over || set((before) => ({ ...before, error })),
    )
    return () => {
      over = true
    }
  }, [key])
  return asked
}
