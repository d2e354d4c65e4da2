/** The cursor of a page of logs: names, and an offset for each stream. */

import { PtrackError } from './errors.ts'
import { isFullName } from './project.ts'

/** Where reading a stream continues, and its exclusive end if one was requested. */
type Position = [number, number | null]

export interface Cursor {
  v: 1
  grep?: string | undefined
  at: { name: string; out?: Position | undefined; err?: Position | undefined }[]
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0

const isPosition = (value: unknown): boolean =>
  Array.isArray(value) && value.length === 2 && isOffset(value[0]) && (value[1] === null || isOffset(value[1]))

/** A name becomes part of a path. */
const isPlace = (value: unknown): boolean =>
  isObject(value) &&
  typeof value.name === 'string' &&
  isFullName(value.name) &&
  [value.out, value.err].every((each) => each === undefined || isPosition(each))

const isCursor = (value: unknown): value is Cursor =>
  isObject(value) &&
  value.v === 1 &&
  (value.grep === undefined || typeof value.grep === 'string') &&
  Array.isArray(value.at) &&
  value.at.every(isPlace)

export const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url')

/** @throws PtrackError BAD_REQUEST when it is invalid. */
export function decodeCursor(text: string): Cursor {
  try {
    const cursor: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'))
    if (!isCursor(cursor)) throw new SyntaxError('it is none of a log')
    return cursor
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new PtrackError('BAD_REQUEST', 'cannot read the logs: the cursor is damaged', {
      hint: 'read again without a cursor',
      cause: error,
    })
  }
}
