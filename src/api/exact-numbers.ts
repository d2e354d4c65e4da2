/** Refuses integers beyond 2^53, which JSON.parse silently rounds. */
import { PtrackError } from '../protocol/errors.ts'

const STRINGS = /"(?:[^"\\]|\\.)*"/g
/** An integer written out; 6.02e23 is a measured value, and survives. */
const LONG_INTEGER = /(?<![\d.eE+])-?\d{16,}(?![\d.eE])/g

/** 1e999 is read as Infinity, which JSON cannot express. Matches from the first digit, so that a megabyte is scanned once. */
const LARGE = /(?<![\d.])-?\d+(?:\.\d+)?[eE]\+?\d{3,}/g

/** Throws BAD_REQUEST. `text`: JSON. */
export function refuseInexact(text: string): void {
  // Hardly any request has so long a run of digits.
  if (!/\d{16}|[eE]\+?\d{3}/.test(text)) return
  const bare = text.replace(STRINGS, '""')
  const inexact =
    [...bare.matchAll(LONG_INTEGER)].some(([written]) => !Number.isSafeInteger(Number(written))) ||
    [...bare.matchAll(LARGE)].some(([written]) => !Number.isFinite(Number(written)))
  if (inexact)
    throw new PtrackError(
      'BAD_REQUEST',
      'cannot read the request: it has a number beyond 2^53, which would not come out as it went in',
      { hint: 'send it as a string' },
    )
}
