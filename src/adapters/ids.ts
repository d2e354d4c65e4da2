/** Random, unguessable ids. */
import { randomFillSync } from 'node:crypto'

/** Random bytes are fetched in bulk: a call per id costs more than everything else about it. */
const pool = Buffer.allocUnsafe(4096)
let used = pool.length

/** Lower-case hexadecimal; `length` in characters, at most 64. */
export function newId(length: number): string {
  const bytes = Math.ceil(length / 2)
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const id = pool.toString('hex', used, used + bytes).slice(0, length)
  used += bytes
  return id
}
