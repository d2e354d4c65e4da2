/** From the bytes of a body to trusted JSON: UTF-8 only, and no number that was changed by parsing. */
import { PtrackError } from '../../protocol/errors.ts'
import { checkDepth } from '../check-params.ts'
import { refuseInexact } from '../exact-numbers.ts'

/** Throws BAD_REQUEST. */
export function readJson(bytes: Uint8Array, depth: number): unknown {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw refused('it is not UTF-8', cause)
  }
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw refused('it is not JSON', cause)
  }
  refuseInexact(text)
  checkDepth(value, depth)
  checkValues(value)
  return value
}

/** A loop: depth is bounded, width is not. */
function checkValues(root: unknown): void {
  const left: unknown[] = [root]
  for (let value = left.pop(); value !== undefined; value = left.pop()) {
    if (typeof value !== 'object' || value === null) continue
    if (Object.hasOwn(value, '__proto__')) throw refused('it has a field `__proto__`')
    for (const child of Object.values(value)) left.push(child)
  }
}

const refused = (why: string, cause?: unknown): PtrackError =>
  new PtrackError('BAD_REQUEST', `cannot read the body: ${why}`, { cause })
