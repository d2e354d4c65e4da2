/** Who may come in from elsewhere: tokens with their role and end. The secret of a new one is shown once; browsers have tokens too. */
import { useState } from 'preact/hooks'
import { ROLES, type Role } from '../../../protocol/names.ts'
import type { TokenView } from '../../../protocol/token-requests.ts'
import { counted, dayWords } from '../../../words/short.ts'
import { ask, request, useApp } from '../../app-state.ts'
import { Command } from '../../parts/command.tsx'
import { type Column, PagedTable } from '../../parts/data-table.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { exactly, When } from '../../parts/when.tsx'
import { useAsked } from '../../use-asked.ts'
import { useTried } from '../../use-tried.ts'

const DAY_MS = 86_400_000
const ENDS = [
  ['1', 'in a day'],
  ['7', 'in 7 days'],
  ['30', 'in 30 days'],
  ['365', 'in a year'],
  ['', 'never'],
] as const

/** They come and go by themselves. */
const isBrowser = ({ name }: TokenView): boolean => name.startsWith('web-')

export function Tokens({ refused }: { refused: string | undefined }) {
  const { known } = useApp()
  const [round, setRound] = useState(0)
  const [made, setMade] = useState<{ name: string; token: string } | null>(null)
  const { busy, error, attempt } = useTried()
  const may = refused === undefined
  const list = useAsked(`${round} ${known.link} ${may}`, async () => (may ? request('token.ls', {}) : []))
  const tokens = list.value ?? []
  const browsers = tokens.filter(isBrowser)
  const revoke = async ({ name }: TokenView): Promise<void> => {
    const text = 'Whoever uses it is out at once, open connections too. A browser asks for another way in.'
    if (!(await ask({ title: `Revoke ${name}?`, text, yes: 'Revoke' }))) return
    await attempt(() => request('token.revoke', { name }))
    setRound((n) => n + 1)
  }
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const field = (name: string): string => String(new FormData(form).get(name)).trim()
    const [owner, days] = [field('owner'), field('days')]
    const done = await attempt(async () =>
      setMade(
        await request('token.create', {
          name: field('name'),
          role: field('role') as Role,
          ...(owner && { owner }),
          ...(days && { expiresMs: Number(days) * DAY_MS }),
        }),
      ),
    )
    // The next one is likely to be of the same kind.
    if (done) (form.elements.namedItem('name') as HTMLInputElement).value = ''
    setRound((n) => n + 1)
  }
  const columns: Column<TokenView>[] = [
    { head: 'Name', cell: (token) => (isBrowser(token) ? `Browser ${token.name.slice('web-'.length)}` : token.name) },
    { head: 'Role', cell: ({ role }) => role },
    { head: 'Owner', cell: ({ owner }) => owner },
    {
      head: 'Made',
      cell: ({ createdAt, createdBy }) => (
        <span title={`by ${createdBy}`}>
          <When at={createdAt} />
        </span>
      ),
    },
    {
      head: 'Ends',
      cell: ({ expiresAt, expired }) =>
        expired ? (
          <b class="error">ended</b>
        ) : expiresAt === null ? (
          'never'
        ) : (
          <span title={exactly(expiresAt)}>{dayWords(expiresAt)}</span>
        ),
    },
    {
      head: '',
      cell: (token) => (
        <button
          type="button"
          class="danger"
          disabled={busy}
          aria-label={`Revoke ${token.name}…`}
          onClick={() => void revoke(token)}
        >
          Revoke…
        </button>
      ),
    },
  ]
  return (
    <section class="panel" aria-label="Tokens">
      <header>
        <h2>Tokens</h2>
        <small>{refused ?? 'For programs and people that come by TCP'}</small>
      </header>
      {may && <TokenTable label="Tokens" rows={tokens.filter((token) => !isBrowser(token))} columns={columns} />}
      {browsers.length > 0 && (
        <details class="more">
          <summary class="inside">{counted(browsers.length, 'browser has', 'browsers have')} logged in</summary>
          <TokenTable label="Browsers" rows={browsers} columns={columns} />
        </details>
      )}
      {list.error !== null && <p class="error inside">{list.error.message}</p>}
      {error !== null && <p class="error inside">{error}</p>}
      <form class="inside" onSubmit={(event) => void submit(event as unknown as SubmitEvent)}>
        <fieldset class="bar" disabled={!may || busy} title={refused}>
          <input
            name="name"
            required
            maxLength={64}
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            placeholder="name"
            aria-label="Name of the token"
          />
          <select name="role" aria-label="Role of the token" defaultValue="viewer">
            {[...ROLES].reverse().map((role) => (
              <option key={role}>{role}</option>
            ))}
          </select>
          <input name="owner" maxLength={64} placeholder="owner: you" aria-label="Owner of the token" />
          <label>
            ends{' '}
            <select name="days" aria-label="When the token ends">
              {ENDS.map(([days, words]) => (
                <option key={days} value={days} selected={days === '30'}>
                  {words}
                </option>
              ))}
            </select>
          </label>
          <button type="submit">Make a token</button>
        </fieldset>
      </form>
      {made !== null && (
        <Dialog title={`The token ${made.name}`} onClose={() => setMade(null)}>
          <p>Copy it now: it is shown this once and kept nowhere.</p>
          <Command text={made.token} name={`the token ${made.name}`} />
          <div class="choices">
            <button type="button" class="primary" onClick={() => setMade(null)}>
              I have it
            </button>
          </div>
        </Dialog>
      )}
    </section>
  )
}

const TokenTable = (table: { label: string; rows: readonly TokenView[]; columns: readonly Column<TokenView>[] }) => (
  <PagedTable
    {...table}
    keyOf={({ name }) => name}
    textOf={({ name, role, owner, createdBy }) => `${name} ${role} ${owner} ${createdBy}`}
    empty="There is none; only the socket and this page lead to the daemon."
  />
)
