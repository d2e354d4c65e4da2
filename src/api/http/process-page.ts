/** One page of views in order of creation, so that additions and removals between two pages duplicate nothing. */
import { PtrackError } from '../../protocol/errors.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { ProcessPage } from './replies.ts'

interface Asked {
  limit: number
  cursor: string | undefined
  text: string | undefined
}

export function pageOf(views: readonly ProcessView[], { limit, cursor, text }: Asked): ProcessPage {
  const words = text?.toLowerCase()
  const passing = words === undefined ? [...views] : views.filter((view) => mentions(view, words))
  passing.sort(byCreation)
  const last = cursor === undefined ? null : readCursor(cursor)
  const from = last === null ? 0 : passing.findIndex((view) => byCreation(view, last) > 0)
  const processes = from < 0 ? [] : passing.slice(from, from + limit)
  const isEnd = from < 0 || from + limit >= passing.length
  return { processes, cursor: isEnd ? null : cursorOf(processes.at(-1)!), total: passing.length }
}

type Place = Pick<ProcessView, 'createdAt' | 'id'>

const byCreation = (a: Place, b: Place): number =>
  a.createdAt < b.createdAt ? -1 : a.createdAt > b.createdAt ? 1 : a.id < b.id ? -1 : a.id > b.id ? 1 : 0

const mentions = (view: ProcessView, words: string): boolean =>
  [view.name, view.title, view.description, view.progress?.message].some((text) => text?.toLowerCase().includes(words))

const cursorOf = ({ createdAt, id }: Place): string => Buffer.from(`${createdAt} ${id}`).toString('base64url')

function readCursor(cursor: string): Place {
  const [, createdAt, id] = /^(\d{4}-[0-9T:.Z-]+) (\S+)$/.exec(Buffer.from(cursor, 'base64url').toString('latin1')) ?? []
  if (createdAt === undefined || id === undefined)
    throw new PtrackError('BAD_REQUEST', 'cannot list: `cursor`: it is none that a list gave', { hint: 'begin without one' })
  return { createdAt, id }
}
