/** The session, by a cookie that no script can read. */
import type { Session } from './rights.ts'

const post = (path: string, body: object): Promise<Response> =>
  fetch(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

/** null: not logged in; `away`: the daemon did not answer. */
export async function readSession(): Promise<Session | null | 'away'> {
  try {
    const response = await fetch('/api/session')
    if (response.status === 401 || response.status === 403) return null
    return response.ok ? ((await response.json()) as Session) : 'away'
  } catch (error) {
    if (error instanceof TypeError) return 'away'
    throw error
  }
}

export async function login(shown: { code: string } | { token: string }): Promise<string | null> {
  try {
    const response = await post('/api/login', shown)
    if (response.ok) return null
    const { detail, hint } = (await response.json()) as { detail: string; hint?: string }
    return hint === undefined ? detail : `${detail}; ${hint}`
  } catch (error) {
    if (error instanceof TypeError) return 'the daemon does not answer'
    throw error
  }
}

/** With the daemon away the page forgets the session; the cookie expires within a month. */
export async function logout(): Promise<void> {
  try {
    await post('/api/logout', {})
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
}
