/** The title of the window: the page and what state it is in. */
import type { Named } from '../protocol/project.ts'
import type { ProcessView } from '../protocol/view.ts'
import { counted } from '../words/short.ts'
import { needsSomebody, STATES, stateOf } from '../words/states.ts'
import type { Page, Route } from './route.ts'

export const PAGE_TITLES: Readonly<Record<Page, string>> = {
  overview: 'Overview',
  processes: 'Processes',
  timeline: 'Timeline',
  logs: 'Logs',
  running: 'Running now',
  activity: 'Activity',
  fleet: 'Fleet',
  orphans: 'Orphans',
  admin: 'Admin',
}

/** What has to be looked at and nobody has yet. */
export const needsYou = (views: Iterable<ProcessView>): ProcessView[] =>
  [...views].filter((view) => needsSomebody(view) && view.seen == null)

const isMeant = ({ id, fullName, name }: Named & { id: string }, asked: string): boolean =>
  fullName === asked || name === asked || id === asked

export const viewOf = (views: Iterable<ProcessView>, asked: string): ProcessView | undefined =>
  [...views].find((view) => isMeant(view, asked))

export function windowTitle(route: Route, views: Iterable<ProcessView>, isAway: boolean): string {
  const all = [...views]
  const parts: string[] = []
  if (isAway) parts.push('Away')
  if (route.page === 'process') {
    const view = viewOf(all, route.name)
    parts.push(view === undefined ? route.name : `${view.name}: ${STATES[stateOf(view)].word}`)
  } else {
    const needs = needsYou(all).length
    const page = PAGE_TITLES[route.page]
    parts.push(needs === 0 ? page : `${counted(needs, 'needs', 'need')} you, ${page}`)
  }
  return [...parts, 'ptrack'].join(' · ')
}
