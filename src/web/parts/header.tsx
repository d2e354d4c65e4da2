import { leave, remember, useApp } from '../app-state.ts'
import type { Page, Route } from '../route.ts'
import { Bell } from './bell.tsx'
import { SettingsMenu } from './settings-menu.tsx'

const LABELS: Record<Page, string> = {
  processes: 'Processes',
  running: 'Running now',
  activity: 'Activity',
  orphans: 'Orphans',
  admin: 'Admin',
}

const NEXT_THEME = { auto: 'dark', dark: 'light', light: 'auto' } as const

export function Header({ route }: { route: Route }) {
  const { session, settings } = useApp()
  const pages = (Object.keys(LABELS) as Page[]).filter((page) => page !== 'admin' || session?.role === 'admin')
  return (
    <header class="top">
      <a class="brand" href="#/processes">
        <img src="/favicon.svg" alt="" width="24" height="24" /> ptrack
      </a>
      <nav aria-label="Pages">
        {pages.map((page) => (
          <a key={page} href={`#/${page}`} aria-current={route.page === page ? 'page' : undefined}>
            {LABELS[page]}
          </a>
        ))}
      </nav>
      <div class="tools">
        <Bell />
        <button
          type="button"
          class="plain"
          title={`Theme: ${settings.theme}`}
          aria-label={`Theme: ${settings.theme}; change to ${NEXT_THEME[settings.theme]}`}
          onClick={() => remember({ theme: NEXT_THEME[settings.theme] })}
        >
          {{ auto: '◐', dark: '☾', light: '☀' }[settings.theme]}
        </button>
        <SettingsMenu />
        <span class="who" title={`logged in as ${session?.user}, ${session?.role}`}>
          {session?.user} <small>{session?.role}</small>
        </span>
        <button type="button" class="plain" onClick={() => void leave()}>
          Log out
        </button>
      </div>
    </header>
  )
}
