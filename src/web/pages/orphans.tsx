/** What was left behind: kind, evidence and identity. An admin ends it, by the identity that is shown, never by its name. */
import '../style/admin.css'
import { useState } from 'preact/hooks'
import type { OrphanKind } from '../../protocol/names.ts'
import type { OrphanView } from '../../protocol/view.ts'
import { counted } from '../../words/short.ts'
import { timeWords } from '../../words/time.ts'
import { ask, request, say, useApp } from '../app-state.ts'
import { Icon } from '../parts/icon.tsx'
import { When } from '../parts/when.tsx'
import { refusedTo } from '../rights.ts'
import { useAsked } from '../use-asked.ts'
import { useTried } from '../use-tried.ts'

const KINDS: Readonly<Record<OrphanKind, readonly [word: string, what: (of: string) => string]>> = {
  escaped: ['Escaped', (of) => `Left its session, and outlived ${of}`],
  survivor: ['Survivor', (of) => `Outlived ${of}`],
  stray: ['Stray', (of) => `Carries the marker of ${of}, which is not known`],
  squatter: ['Squatter', (of) => `Holds a port of ${of}, and is not ours`],
}

/** More than these, and their number has to be typed. */
const MOST_UNTYPED = 5

export function OrphansPage() {
  const { session, known, nowMs } = useApp()
  const [round, setRound] = useState(0)
  const { busy, error: refusal, attempt } = useTried()
  const last = known.events.findLast(({ type }) => type === 'orphanFound' || type === 'orphanKilled')?.key ?? 0
  const { value, error } = useAsked(`${round} ${last} ${known.link}`, () => request('orphans', {}))
  if (!session) return null
  const refused = refusedTo(session, 'admin')
  const all = value ?? []
  const ours = all.filter(({ kind }) => kind !== 'squatter')
  const end = async (orphans: readonly OrphanView[]): Promise<void> => {
    await attempt(async () => {
      const results = await request('kill-orphan', { identities: orphans.map(({ identity }) => identity) })
      for (const { pid, result, reason } of results)
        say({
          tone: result === 'refused' || result === 'alive' ? 'bad' : 'good',
          text: `${pid}: ${result}${reason ? `, ${reason}` : ''}`,
          process: null,
        })
    })
    setRound((n) => n + 1)
  }
  const endOne = async (orphan: OrphanView): Promise<void> => {
    const { pid, startTime, command, evidence } = orphan
    const text = `${command}: ${evidence}. It began at ${timeWords(startTime, nowMs)}; should pid ${pid} be another by now, nothing is sent.`
    if (await ask({ title: `End ${pid}?`, text, yes: 'End it' })) await end([orphan])
  }
  const endOurs = async (): Promise<void> => {
    const text = `They are asked to end, then killed: ${ours.map(({ pid, command }) => `${command} (${pid})`).join(', ')}.`
    const typed = ours.length > MOST_UNTYPED ? { typed: String(ours.length) } : {}
    if (await ask({ title: `End ${counted(ours.length, 'program')} of ours?`, text, yes: 'End them', ...typed })) await end(ours)
  }
  return (
    <div class="admin">
      <div class="head">
        <h1>
          {value === null
            ? 'Orphans'
            : all.length === 0
              ? 'Nothing was left behind'
              : counted(all.length, 'program was left behind', 'programs were left behind')}
        </h1>
        <p>
          {all.length === 0
            ? 'No program of an earlier run lives, and no stranger holds a port of a process.'
            : `Found by what they carry, not by their name. ${refused ?? ''}`}
        </p>
        <div class="bar end">
          <button type="button" disabled={known.link !== 'here'} onClick={() => setRound((n) => n + 1)}>
            Look again
          </button>
          {ours.length > 1 && (
            <button
              type="button"
              class="danger"
              disabled={refused !== undefined || busy}
              title={refused}
              onClick={() => void endOurs()}
            >
              End {ours.length} that are ours…
            </button>
          )}
        </div>
      </div>
      {[error?.message, refusal].map((text) => text && <p class="error">{text}</p>)}
      {all.length > 0 && (
        <section class="panel" aria-label="Orphans">
          {all.map((orphan) => (
            <Orphan key={orphan.identity} orphan={orphan} busy={busy} refused={refused} onEnd={() => void endOne(orphan)} />
          ))}
        </section>
      )}
      {all.length > 0 && (
        <p class="quiet">
          One is ended by the identity shown here: its pid and when it began. If either has changed, nothing is sent.
        </p>
      )}
    </div>
  )
}

interface OrphanProps {
  orphan: OrphanView
  busy: boolean
  refused: string | undefined
  onEnd(): void
}

function Orphan({ orphan: { kind, pid, process, command, evidence, ports, startTime }, busy, refused, onEnd }: OrphanProps) {
  const [word, what] = KINDS[kind]
  return (
    <article class="left-behind" aria-label={`pid ${pid}`}>
      <Icon name="orphan" />
      <div>
        <h2>
          {word} <span class="quiet">{what(process ?? 'a process that is gone')}</span>
        </h2>
        <p>
          <code>{command}</code>
        </p>
        <p class="quiet">{evidence}</p>
      </div>
      <div>
        <p>pid {pid}</p>
        <small>
          {ports.length > 0 && `${ports.length === 1 ? 'port' : 'ports'} ${ports.join(', ')}, `}began <When at={startTime} />
        </small>
      </div>
      <button
        type="button"
        class="danger"
        disabled={refused !== undefined || busy}
        title={refused}
        aria-label={`End ${pid}…`}
        onClick={onEnd}
      >
        End…
      </button>
    </article>
  )
}
