/** For visitors without a code, or with a used one. */
import { useState } from 'preact/hooks'
import { enter, useApp } from '../app-state.ts'
import { Icon } from '../parts/icon.tsx'

export function LoginPage() {
  const { refusal } = useApp()
  const [token, setToken] = useState('')
  const [busy, setBusy] = useState(false)
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault()
    setBusy(true)
    await enter({ token: token.trim() })
    setBusy(false)
  }
  return (
    <main class="login">
      <h1>
        <Icon name="logo" /> ptrack
      </h1>
      {refusal !== null && (
        <p class="error" role="alert">
          {refusal}
        </p>
      )}
      <p>
        Run <code>ptrack web --open</code> in a terminal on this machine. The address that it opens is good once, for a minute.
      </p>
      <form onSubmit={submit}>
        <label>
          <span>
            Or a token from <code>ptrack token create NAME</code>
          </span>
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
            required
            pattern="\S+"
          />
        </label>
        <button type="submit" class="primary" disabled={busy}>
          Log in
        </button>
      </form>
    </main>
  )
}
