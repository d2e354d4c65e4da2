/** logs, and the lines that other tools answer with. */
import type { LogQuery } from '../../../../protocol/requests.ts'
import type { Context } from '../../../context.ts'
import { shortCursor, wholeCursor } from '../../../input/log-cursor.ts'
import { since as sinceOf } from '../../../input/parse.ts'
import { type Answer, bytesOf, fitting, LIST_BYTES, ok } from '../answer.ts'
import { takes, text, whole } from '../schema.ts'
import type { Scope } from '../scope.ts'
import { type Args, QUICK_MS, type Tool } from '../tool.ts'
import { plainLines } from '../views.ts'
import * as fields from './fields.ts'

const LINES_MAX = 200

interface Part {
  lines: string[]
  cursor: string
  more: boolean
  notices: string[]
}

/** Forwards, from where the query says: as many lines as fit, and the cursor behind them. */
export async function forwards(context: Context, scope: Scope, query: LogQuery, budget = LIST_BYTES): Promise<Part> {
  const got = await context.request('logs.read', query)
  const whole = got.lines.filter((line) => !line.partial)
  const lines = plainLines(whole, scope)
  const count = fitting(lines, budget)
  if (count >= lines.length) return { lines, cursor: shortCursor(got.cursor), more: got.more, notices: got.notices }
  // Only a page that ends there says where that is.
  const part = await context.request('logs.read', { ...query, max: count })
  return { lines: plainLines(part.lines, scope), cursor: shortCursor(part.cursor), more: true, notices: part.notices }
}

/** The last ones that fit. */
export async function lastLines(
  context: Context,
  scope: Scope,
  query: LogQuery & { tail: number },
  budget = LIST_BYTES,
): Promise<Part> {
  const got = await context.request('logs.read', query)
  const lines = plainLines(
    got.lines.filter((line) => !line.partial),
    scope,
  )
  let left = budget
  const before = lines.findLastIndex((line) => {
    left -= bytesOf(line) + 1
    return left < 0
  })
  const notices = before < 0 ? got.notices : [...got.notices, `${before + 1} lines before these are left out, as they do not fit`]
  return { lines: lines.slice(before + 1), cursor: shortCursor(got.cursor), more: false, notices }
}

export const inPart = ({ lines, cursor, more, notices }: Part): Answer => ({
  lines,
  cursor,
  ...(more ? { more } : {}),
  ...(notices.length > 0 ? { notices } : {}),
})

export const logs: Tool = {
  name: 'logs',
  title: 'Read output',
  description:
    'Output of a process: the last lines, or what follows `cursor`. Each answer has a cursor: pass it on to get only what is new. With `more`, more is there right now.',
  schema: takes(
    {
      name: fields.names,
      cursor: fields.cursor,
      lines: whole('at most this many (default: 50)', 1, LINES_MAX),
      grep: text('only lines that match this regular expression', 1024),
      since: text('lines since a time: 10m, or a date', 60),
      run: whole('only of this run; -1 = the last one', -1_000_000, 1_000_000_000),
      stream: fields.streams,
    },
    ['name'],
  ),
  needs: 'logs.read',
  hints: { reads: true, again: true },
  limitMs: () => QUICK_MS,
  async call({ context, scope }, args) {
    const words = Array.isArray(args.name) ? args.name : [args.name]
    const targets =
      words.length === 1 && !/[*?[]|^all$/.test(words[0])
        ? [await scope.one(context, words[0])]
        : await scope.names(context, words)
    const max = args.lines ?? 50
    return ok(inPart(await scope.about(words.join(', '), asked(context, scope, targets, { ...args, max }))))
  },
}

async function asked(
  context: Context,
  scope: Scope,
  targets: string[],
  { cursor, grep, stream, since, run, max }: Args,
): Promise<Part> {
  const query = { targets, stream, grep }
  if (cursor !== undefined) return forwards(context, scope, { ...query, cursor: await wholeCursor(context, cursor, query), max })
  if (since === undefined && run === undefined) return lastLines(context, scope, { ...query, tail: max })
  return forwards(context, scope, { ...query, run, max, ...(since === undefined ? {} : { sinceMs: sinceOf(since, Date.now()) }) })
}
