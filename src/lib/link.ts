/** A reconnecting connection, shared by the requests of one client or task; keeps the program alive only while held. */
import type { Client } from '../client/client.ts'
import { connect } from '../client/connect.ts'
import { PtrackError } from '../protocol/errors.ts'

export interface LinkOptions {
  home: string
  autostart: boolean
  /** Absolute path of the built daemon. */
  daemonScript: string
  clientName: string
}

export const isUnreachable = (error: unknown): boolean => error instanceof PtrackError && error.code === 'UNREACHABLE'

export class Link {
  readonly options: LinkOptions
  private opening: Promise<Client> | null = null
  private present: Client | null = null
  private holds = 0
  private readonly pauses = new Set<{ timer: NodeJS.Timeout; end: () => void }>()
  /** The daemon said goodbye: somebody stopped it, and we must not start it again. */
  private stopped = false
  private over = false

  constructor(options: LinkOptions) {
    this.options = options
  }

  get closed(): boolean {
    return this.over
  }

  /** The present connection, or a new one. Throws UNREACHABLE, or VERSION_SKEW. */
  client(): Promise<Client> {
    if (this.over) return Promise.reject(new PtrackError('UNREACHABLE', 'cannot reach the daemon: this client was closed'))
    this.opening ??= this.open()
    return this.opening
  }

  /** A separate connection for a feed; the caller closes it. */
  async fresh(): Promise<Client> {
    const { home, autostart, daemonScript, clientName } = this.options
    if (!autostart || this.stopped) return connect({ home, clientName })
    // Starting a daemon is rare; its code is loaded then.
    const { connectOrStart } = await import('../client/ensure-daemon.ts')
    return connectOrStart({ home, env: process.env, daemonScript, clientName })
  }

  /** Keeps the program alive until the returned function is called. */
  hold(): () => void {
    this.holds++
    this.apply()
    let held = true
    return () => {
      if (!held) return
      held = false
      this.holds--
      this.apply()
    }
  }

  /** Waits before the next try; ends early on close(). Keeps the program alive only while held. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(pause.timer)
        this.pauses.delete(pause)
        resolve()
      }
      const pause = { timer: setTimeout(() => end(), ms), end }
      this.pauses.add(pause)
      this.apply()
      if (this.over) end()
    })
  }

  close(): void {
    this.over = true
    for (const pause of this.pauses) pause.end()
    this.present?.close()
  }

  private async open(): Promise<Client> {
    try {
      const client = await this.fresh()
      this.present = client
      this.stopped = false
      client.on('stopping', () => {
        this.stopped = true
      })
      void client.closed.then(() => this.forget(client))
      this.apply()
      if (this.over) client.close()
      return client
    } catch (error) {
      this.opening = null
      throw error
    }
  }

  private forget(client: Client): void {
    if (this.present !== client) return
    this.present = null
    this.opening = null
  }

  private apply(): void {
    this.present?.keepAlive(this.holds > 0)
    for (const { timer } of this.pauses) {
      if (this.holds > 0) timer.ref()
      else timer.unref()
    }
  }
}
