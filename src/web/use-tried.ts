/** Something that is asked of the daemon by a panel: while it is under way, and why it was refused, beside what asked. */
import { useState } from 'preact/hooks'
import { RequestError } from './wire.ts'

export interface Tried {
  busy: boolean
  error: string | null
  /** true = done. */
  attempt(act: () => Promise<unknown>): Promise<boolean>
}

export function useTried(): Tried {
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string | null>(null)
  return {
    busy,
    error,
    attempt: async (act) => {
      setBusy(true)
      try {
        await act()
        setError(null)
        return true
      } catch (failure) {
        const { message, hint } = failure as RequestError
        setError(failure instanceof RequestError && hint ? `${message}; ${hint}` : message)
        return false
      } finally {
        setBusy(false)
      }
    },
  }
}
