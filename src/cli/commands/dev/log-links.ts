/** Connections over which output is read: shared by many processes, and made anew when a daemon has died. */
import type { Client } from '../../../client/client.ts'

/** Two requests of each wait at a time, and a connection may have 256 of them. */
const PER_LINK = 100

export interface LogLink {
  client(): Promise<Client>
  /** It is of no use any more. */
  lost(client: Client): void
}

export class LogLinks {
  private readonly connect: () => Promise<Client>
  private readonly links = new Map<number, Promise<Client>>()
  private count = 0

  constructor(connect: () => Promise<Client>) {
    this.connect = connect
  }

  next(): LogLink {
    const at = Math.floor(this.count++ / PER_LINK)
    return {
      client: () => {
        const link = this.links.get(at) ?? this.connect()
        this.links.set(at, link)
        link.catch(() => this.links.delete(at))
        return link
      },
      lost: (client) => {
        const link = this.links.get(at)
        void link?.then((each) => {
          if (each === client && this.links.get(at) === link) this.links.delete(at)
        })
      },
    }
  }

  close(): void {
    // Who waits for a connection reports that there is none.
    for (const link of this.links.values()) void link.then((client) => client.close()).catch(() => undefined)
  }
}
