/** The frame around every page: header, keys, what floats, and the title of the window. */
import { useEffect, useRef, useState } from 'preact/hooks'
import { showStart, useApp } from './app-state.ts'
import { LoginPage } from './pages/login.tsx'
import { OverviewPage } from './pages/overview.tsx'
import { ProcessesPage } from './pages/processes.tsx'
import { RunningPage } from './pages/running.tsx'
import { Announcer } from './parts/announcer.tsx'
import { AwayBanner } from './parts/away-banner.tsx'
import { FindDialog } from './parts/find-dialog.tsx'
import { Header } from './parts/header.tsx'
import { lazily } from './parts/lazily.tsx'
import { Question } from './parts/question.tsx'
import { Toasts } from './parts/toasts.tsx'
import { mayStart } from './rights.ts'
import { linkToPage, type Route, useRoute } from './route.ts'
import { CHORD_MS, shortcutOf } from './shortcuts.ts'
import { windowTitle } from './titles.ts'
import { isWithin } from './use-slash.ts'

const ActivityPage = lazily(async () => (await import('./pages/activity.tsx')).ActivityPage)
const AdminPage = lazily(async () => (await import('./pages/admin.tsx')).AdminPage)
const FleetPage = lazily(async () => (await import('./pages/fleet.tsx')).FleetPage)
const OrphansPage = lazily(async () => (await import('./pages/orphans.tsx')).OrphansPage)
const ProcessPage = lazily(async () => (await import('./pages/process.tsx')).ProcessPage)
const TimelinePage = lazily(async () => (await import('./pages/timeline.tsx')).TimelinePage)
const LogsPage = lazily(async () => (await import('./pages/logs.tsx')).LogsPage)
const StartForm = lazily(async () => (await import('./parts/form/start-form.tsx')).StartForm)
const Help = lazily(async () => (await import('./parts/help.tsx')).Help)

export function App() {
  const { session, known, isStarting } = useApp()
  const route = useRoute()
  const [over, setOver] = useState<'find' | 'help' | null>(null)
  useShortcuts(setOver)
  const isAway = known.link === 'away'
  const title = session ? windowTitle(route, known.views.values(), isAway) : 'ptrack'
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    document.documentElement.classList.toggle('away', isAway)
  }, [isAway])
  useArrival(route)
  if (session === undefined)
    return (
      <main class="login">
        <p aria-live="polite">{isAway ? 'The daemon does not answer; trying again…' : 'Connecting…'}</p>
      </main>
    )
  if (session === null) return <LoginPage />
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <Header route={route} onFind={() => setOver('find')} />
      <AwayBanner />
      <main id="content" tabIndex={-1}>
        {pageOf(route)}
      </main>
      <Toasts />
      <Announcer route={route} />
      {over === 'find' && <FindDialog onClose={() => setOver(null)} />}
      {over === 'help' && <Help page={route.page} onClose={() => setOver(null)} />}
      {isStarting && mayStart(session) && <StartForm onClose={() => showStart(false)} />}
      <Question />
    </>
  )
}

function useShortcuts(show: (what: 'find' | 'help') => void): void {
  const { settings, session } = useApp()
  const awaitedUntil = useRef(0)
  const latest = useRef({ letters: settings.letters, in: Boolean(session) })
  latest.current = { letters: settings.letters, in: Boolean(session) }
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (!latest.current.in || isWithin(event, 'dialog') || event.defaultPrevented) return
      const shortcut = shortcutOf(event, performance.now() < awaitedUntil.current, latest.current.letters)
      awaitedUntil.current = shortcut?.kind === 'await' ? performance.now() + CHORD_MS : 0
      if (shortcut === null) return
      event.preventDefault()
      if (shortcut.kind === 'go') location.hash = linkToPage(shortcut.page)
      else if (shortcut.kind !== 'await') show(shortcut.kind)
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])
}

/** A new page has the focus on its heading, so that it is read out and the next Tab leads into the page. */
function useArrival(route: Route): void {
  const place = route.page === 'process' ? `process ${route.name}` : route.page
  const first = useRef(true)
  useEffect(() => {
    if (first.current) {
      first.current = false
      return
    }
    let frame = 0
    // A page that is fetched first has its heading some frames later.
    const look = (left: number): void => {
      const heading = document.querySelector<HTMLElement>('main h1')
      if (heading === null) {
        if (left > 0) frame = requestAnimationFrame(() => look(left - 1))
      } else if (document.querySelector('dialog[open]') === null) {
        heading.tabIndex = -1
        heading.focus({ preventScroll: true })
      }
    }
    look(MOST_FRAMES)
    return () => cancelAnimationFrame(frame)
  }, [place])
}

/** Until a heading is there to take the focus. */
const MOST_FRAMES = 120

function pageOf(route: Route) {
  switch (route.page) {
    case 'process':
      return <ProcessPage key={route.name} name={route.name} tab={route.tab} query={route.query} />
    case 'overview':
      return <OverviewPage />
    case 'timeline':
      return <TimelinePage query={route.query} />
    case 'logs':
      return <LogsPage query={route.query} />
    case 'running':
      return <RunningPage />
    case 'activity':
      return <ActivityPage query={route.query} />
    case 'fleet':
      return <FleetPage />
    case 'orphans':
      return <OrphansPage />
    case 'admin':
      return <AdminPage />
    case 'processes':
      return <ProcessesPage query={route.query} />
  }
}
