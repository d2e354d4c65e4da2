/** What a client starts is its own, and ends soon after it, unless it is kept. */
import type { Method } from '../../../protocol/requests.ts'
import type { SessionOwner } from '../../../protocol/session.ts'
import type { Context } from '../../context.ts'

export class Session {
  private readonly lingerMs: number
  private name = `mcp-${process.pid}`

  constructor(lingerMs: number) {
    this.lingerMs = lingerMs
  }

  /** As the client calls itself; the pid keeps two of them apart. */
  client(name: unknown): void {
    if (typeof name !== 'string') return
    const short = name
      .replace(/[^A-Za-z0-9_.-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 40)
    if (short !== '') this.name = `${short}-${process.pid}`
  }

  /** A context whose starts belong to it. The daemon on another machine does not see this process. */
  owning(context: Context): Context {
    if (context.remote !== null) return context
    const session: SessionOwner = { name: this.name, pid: process.pid, lingerMs: this.lingerMs }
    const request = ((method: Method, params: object) =>
      context.request(method, (method === 'start' ? { ...params, session } : params) as never)) as Context['request']
    return { ...context, request }
  }
}
