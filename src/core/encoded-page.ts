/** A page of a log, already encoded as JSON by another process: it is sent as it is, and parsed only where it is looked into. */
import type { LogPage } from '../protocol/requests.ts'
import type { LogLine } from '../protocol/view.ts'

export class EncodedPage implements LogPage {
  readonly json: Buffer
  #page: LogPage | null = null

  constructor(json: Buffer) {
    this.json = json
  }

  get lines(): LogLine[] {
    return this.#read().lines
  }

  get cursor(): string {
    return this.#read().cursor
  }

  get before(): string | null {
    return this.#read().before ?? null
  }

  get more(): boolean {
    return this.#read().more
  }

  get notices(): string[] {
    return this.#read().notices
  }

  #read(): LogPage {
    this.#page ??= JSON.parse(this.json.toString('utf8')) as LogPage
    return this.#page
  }
}
