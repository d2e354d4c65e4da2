/** The route is the part after `#`, so that a link leads to a process and the daemon serves one page. */
import { useEffect, useState } from 'preact/hooks'

export const PAGES = ['processes', 'running', 'activity', 'orphans', 'admin'] as const
export type Page = (typeof PAGES)[number]
export const TABS = ['overview', 'log', 'results', 'charts', 'runs'] as const
export type Tab = (typeof TABS)[number]

export type Route = { page: Page } | { page: 'process'; name: string; tab: Tab }

export function parseRoute(hash: string): Route {
  const [page = '', name = '', tab = ''] = hash.replace(/^#\/?/, '').split('/')
  if (page === 'process' && name !== '')
    return { page, name: decode(name), tab: (TABS as readonly string[]).includes(tab) ? (tab as Tab) : 'overview' }
  return { page: (PAGES as readonly string[]).includes(page) ? (page as Page) : 'processes' }
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

export function useRoute(): Route {
  const [route, set] = useState(parseRoute(location.hash))
  useEffect(() => {
    const listener = (): void => set(parseRoute(location.hash))
    addEventListener('hashchange', listener)
    return () => removeEventListener('hashchange', listener)
  }, [])
  return route
}
