/** The errno name of a system call's failure (`ENOENT`), or null when the error is something else. */
export function errnoOf(error: unknown): string | null {
  // Not by instanceof: errors of node:vm come from another realm.
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null
  return typeof code === 'string' ? code : null
}

/** Runs the call; the fallback stands for these errnos only, anything else is thrown on. */
export function unless<T>(errnos: readonly string[], fallback: T, call: () => T): T {
  try {
    return call()
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return fallback
    throw error
  }
}

/** As `unless`, for promises. */
export async function unlessAsync<T>(errnos: readonly string[], fallback: T, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (errnos.includes(errnoOf(error) ?? '')) return fallback
    throw error
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
