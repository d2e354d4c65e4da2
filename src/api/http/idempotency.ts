/** Idempotency-Key: a repeated request gets the first answer, for a day, if it was a success: a refusal may be retried. */
import { createHash } from 'node:crypto'
import { PtrackError } from '../../protocol/errors.ts'

export interface Answer {
  status: number
  headers: Record<string, string>
  body: string
}

interface Kept {
  bodyHash: string
  answer: Promise<Answer>
  atMs: number
}

export class Idempotency {
  private readonly kept = new Map<string, Kept>()
  private readonly options: { keys: number; keepMs: number; now: () => number }

  constructor(options: { keys: number; keepMs: number; now: () => number }) {
    this.options = options
  }

  /** `who`: keys of different peers are different keys. Throws when a key is reused for another body. */
  async once(who: string, key: string, body: unknown, act: () => Promise<Answer>): Promise<Answer & { replayed: boolean }> {
    if (!/^[\x21-\x7e]{1,255}$/.test(key))
      throw new PtrackError('BAD_REQUEST', 'cannot read Idempotency-Key: it must be 1 to 255 printable characters')
    const { keys, keepMs, now } = this.options
    const nowMs = now()
    const name = `${who}\0${key}`
    const bodyHash = createHash('sha256')
      .update(JSON.stringify(body) ?? '')
      .digest('base64')
    const earlier = this.kept.get(name)
    if (earlier !== undefined && nowMs - earlier.atMs < keepMs) {
      if (earlier.bodyHash !== bodyHash)
        throw new PtrackError('FAILED', 'cannot use this Idempotency-Key: it came with another body before', {
          hint: 'take a new key for a new request',
        })
      return { ...(await earlier.answer), replayed: true }
    }
    this.kept.delete(name)
    const answer = act()
    this.kept.set(name, { bodyHash, answer, atMs: nowMs })
    if (this.kept.size > keys) this.kept.delete(this.kept.keys().next().value!)
    try {
      return { ...(await answer), replayed: false }
    } catch (error) {
      if (this.kept.get(name)?.answer === answer) this.kept.delete(name)
      throw error
    }
  }
}
