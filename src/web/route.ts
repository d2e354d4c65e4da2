/** The route is the part after `#`, so that a link leads to a process and the daemon serves one page. */
import { useEffect, useState } from 'preact/hooks'

export const PAGES = ['overview', 'processes', 'timeline', 'logs', 'running', 'activity', 'fleet', 'orphans', 'admin'] as const
export type Page = (typeof PAGES)[number]
export const TABS = ['overview', 'log', 'results', 'charts', 'runs'] as const
export type Tab = (typeof TABS)[number]

/** What the page of a list shows, in the address: `#/processes?status=attention&sort=cpu&sel=mailer`. */
export type Query = Readonly<Record<string, string>>

export type Route = { page: Page; query: Query } | { page: 'process'; name: string; tab: Tab; query: Query }

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [page = '', name = '', tab = ''] = path.split('/')
  const choices = Object.fromEntries(new URLSearchParams(query))
  if (page === 'process' && name !== '') {
    const known = (TABS as readonly string[]).includes(tab) ? (tab as Tab) : 'overview'
    return { page, name: decode(name), tab: known, query: choices }
  }
  return { page: (PAGES as readonly string[]).includes(page) ? (page as Page) : 'overview', query: choices }
}

/** A typed address may have a broken escape. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return text
    throw error
  }
}

type Choices = Readonly<Record<string, string | undefined>>

/** What is empty is left out. */
function written(query: Choices): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`
}

export const linkTo = (name: string, tab: Tab = 'overview', query: Choices = {}): string =>
  `#/process/${encodeURIComponent(name)}${tab === 'overview' ? '' : `/${tab}`}${written(query)}`

/** The process at one of its runs. */
export const linkToRun = (name: string, run: number): string => linkTo(name, 'runs', { run: String(run) })

export const linkToPage = (page: Page, query: Choices = {}): string => `#/${page}${written(query)}`

export function useRoute(): Route {
  const [route, set] = useState(() => parseRoute(location.hash))
  useEffect(() => {
    const listener = (): void => set(parseRoute(location.hash))
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  }, [])
  return route
}

/** Follows what is typed or chosen without a step in the history of the browser. */
export function replaceRoute(link: string): void {
  if (location.hash === link) return
  history.replaceState(history.state, '', link)
  dispatchEvent(new HashChangeEvent('hashchange'))
}
