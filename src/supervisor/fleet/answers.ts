/** What ptrackd-fleet has been asked and has not answered yet. */
import type { FromAgent } from '../../core/fleet/messages.ts'
import type { World } from '../../core/world.ts'
import { fromErrorBody, PtrackError } from '../../protocol/errors.ts'

interface Waiting {
  resolve(message: FromAgent): void
  reject(error: PtrackError): void
}

export class Answers {
  private readonly clock: World['clock']
  private readonly waiting = new Map<string, Waiting>()

  constructor(clock: World['clock']) {
    this.clock = clock
  }

  /** Rejects with what is answered, or when there is no answer in time. */
  expect(key: string, timeoutMs: number, late: () => PtrackError): Promise<FromAgent> {
    return new Promise<FromAgent>((resolve, reject) => {
      const cancel = this.clock.wakeAfter(timeoutMs, () => {
        if (this.waiting.delete(key)) reject(late())
      })
      this.waiting.set(key, {
        resolve: (message) => {
          cancel()
          resolve(message)
        },
        reject: (error) => {
          cancel()
          reject(error)
        },
      })
    })
  }

  settle(key: string, message: FromAgent): void {
    const waiting = this.waiting.get(key)
    this.waiting.delete(key)
    if (waiting === undefined) return
    if (message.kind === 'failed') waiting.reject(fromErrorBody(message.error))
    else waiting.resolve(message)
  }

  /** It came by another way. */
  forget(key: string): void {
    this.waiting.delete(key)
  }

  failAll(why: () => PtrackError): void {
    const all = [...this.waiting.values()]
    this.waiting.clear()
    for (const { reject } of all) reject(why())
  }
}

export const busDown = (what: string, why: string): PtrackError =>
  new PtrackError('BUS_DOWN', `cannot ${what}: ${why}`, { hint: '`ptrack fleet status` shows it; what is local works on' })
