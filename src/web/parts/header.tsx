/** The frame's upper edge: pages, find, the load of this machine, news, and the user. Up to 640 px the pages are at the lower edge. */
import { showStart, useApp } from '../app-state.ts'
import type { IconName } from '../icons.ts'
import { mayStart } from '../rights.ts'
import { PAGES, type Page, type Route } from '../route.ts'
import { needsYou, PAGE_TITLES } from '../titles.ts'
import { useIsInFleet } from '../use-fleet.ts'
import { useMachine } from '../use-machine.ts'
import { Bell } from './bell.tsx'
import { Icon } from './icon.tsx'
import { UserMenu } from './user-menu.tsx'

const ICON_OF: Readonly<Record<Page, IconName>> = {
  overview: 'overview',
  processes: 'list',
  timeline: 'timeline',
  logs: 'logs',
  running: 'play',
  activity: 'clock',
  fleet: 'fleet',
  orphans: 'orphan',
  admin: 'node',
}

/** Reached from the overview, by find and by a key. */
const ELSEWHERE: ReadonlySet<Page> = new Set(['running', 'activity'])

export function Header({ route, onFind }: { route: Route; onFind: () => void }) {
  const { session, known } = useApp()
  const inFleet = useIsInFleet()
  const shown = PAGES.filter(
    (page) => !ELSEWHERE.has(page) && (page !== 'admin' || session?.role === 'admin') && (page !== 'fleet' || inFleet),
  )
  const needs = needsYou(known.views.values()).length
  const current = route.page === 'process' ? 'processes' : route.page
  return (
    <header class="top">
      <a class="brand" href="#/overview" aria-label="ptrack, to the overview">
        <Icon name="logo" />
        <span>ptrack</span>
      </a>
      <nav class="nav" aria-label="Pages">
        {shown.map((page) => (
          <a key={page} href={`#/${page}`} aria-current={current === page ? 'page' : undefined}>
            <Icon name={ICON_OF[page]} />
            <span>{PAGE_TITLES[page]}</span>
            {page === 'overview' && needs > 0 && (
              <b class="count" title={needs === 1 ? '1 process needs you' : `${needs} processes need you`}>
                {needs}
              </b>
            )}
          </a>
        ))}
      </nav>
      <button type="button" class="find" title="Find or run (Ctrl K)" aria-keyshortcuts="Control+K" onClick={onFind}>
        <Icon name="search" />
        <span>Find or run</span>
        <kbd>Ctrl K</kbd>
      </button>
      {session && mayStart(session) && (
        <button
          type="button"
          class="tool"
          title="Start a process"
          aria-label="Start a process…"
          disabled={known.link !== 'here'}
          onClick={() => showStart(true)}
        >
          <Icon name="plus" />
        </button>
      )}
      <Meters />
      <Bell />
      <UserMenu />
    </header>
  )
}

function Meters() {
  const load = useMachine()
  if (load === null) return null
  const { cpuPercent, cpus, memoryBytes, memoryFreeBytes } = load
  const memory = Math.round((1 - memoryFreeBytes / memoryBytes) * 100)
  const figures = [
    ['CPU', cpuPercent === null ? null : Math.round(cpuPercent), 85],
    ['Mem', memory, 90],
  ] as const
  return (
    <div class="meters" title={`This machine: ${cpus} ${cpus === 1 ? 'core' : 'cores'}`}>
      {figures.map(([word, value, high]) =>
        value === null ? null : (
          <>
            <span key={`${word} word`}>{word}</span>
            <meter key={word} min={0} max={100} high={high} value={value} aria-label={word === 'CPU' ? 'CPU' : 'Memory'} />
            <span key={`${word} value`} class="num">
              {value}%
            </span>
          </>
        ),
      )}
    </div>
  )
}
