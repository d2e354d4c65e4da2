/** The route is the part after `#`, so that a link leads to a process and the daemon serves one page. */
import { useEffect, useState } from 'preact/hooks'

export const PAGES = ['overview', 'processes', 'running', 'activity', 'orphans', 'admin'] as const
export type Page = (typeof PAGES)[number]
export const TABS = ['overview', 'log', 'results', 'charts', 'runs'] as const
export type Tab = (typeof TABS)[number]

/** What the page of a list shows, in the address: `#/processes?status=attention&sort=cpu&sel=mailer`. */
export type Query = Readonly<Record<string, string>>

export type Route = { page: Page; query: Query } | { page: 'process'; name: string; tab: Tab }

export function parseRoute(hash: string): Route {
  const [path = '', query = ''] = hash.replace(/^#\/?/, '').split(/\?(.*)/s)
  const [page = '', name = '', tab = ''] = path.split('/')
  if (page === 'process' && name !== '')
    return { page, name: decode(name), tab: (TABS as readonly string[]).includes(tab) ? (tab as Tab) : 'overview' }
  return {
    page: (PAGES as readonly string[]).includes(page) ? (page as Page) : 'overview',
    query: Object.fromEntries(new URLSearchParams(query)),
  }
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

export const linkTo = (name: string, tab: Tab = 'overview'): string =>
  `#/process/${encodeURIComponent(name)}${tab === 'overview' ? '' : `/${tab}`}`

/** What is empty is left out. */
export function linkToPage(page: Page, query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]))
  return `#/${page}${given.length === 0 ? '' : `?${new URLSearchParams(given)}`}`
}

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
  history.replaceState(null, '', link)
  dispatchEvent(new HashChangeEvent('hashchange'))
}
