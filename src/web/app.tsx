/** The frame around every page. */
import { useApp } from './app-state.ts'
import { ActivityPage } from './pages/activity.tsx'
import { AdminPage } from './pages/admin.tsx'
import { LoginPage } from './pages/login.tsx'
import { OrphansPage } from './pages/orphans.tsx'
import { ProcessPage } from './pages/process.tsx'
import { ProcessesPage } from './pages/processes.tsx'
import { RunningPage } from './pages/running.tsx'
import { AwayBanner } from './parts/away-banner.tsx'
import { Header } from './parts/header.tsx'
import { Question } from './parts/question.tsx'
import { Toasts } from './parts/toasts.tsx'
import { type Route, useRoute } from './route.ts'

export function App() {
  const { session, known } = useApp()
  const route = useRoute()
  if (session === undefined)
    return (
      <main class="login">
        <p aria-live="polite">{known.link === 'away' ? 'The daemon does not answer; trying again…' : 'Connecting…'}</p>
      </main>
    )
  if (session === null) return <LoginPage />
  return (
    <>
      <button type="button" class="skip" onClick={() => document.getElementById('content')?.focus()}>
        Skip to the content
      </button>
      <Header route={route} />
      <AwayBanner />
      <main id="content" tabIndex={-1}>
        {pageOf(route)}
      </main>
      <Toasts />
      <Question />
    </>
  )
}

function pageOf(route: Route) {
  switch (route.page) {
    case 'process':
      return <ProcessPage key={route.name} name={route.name} tab={route.tab} />
    case 'running':
      return <RunningPage />
    case 'activity':
      return <ActivityPage />
    case 'orphans':
      return <OrphansPage />
    case 'admin':
      return <AdminPage />
    case 'processes':
      return <ProcessesPage />
  }
}
