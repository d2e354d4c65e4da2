/** An HTTP request of a health check. Heavy modules are loaded at first use. */
import type { Socket } from 'node:net'
import { connectionWords } from '../core/check-words.ts'
import type { ProbeAnswer } from '../core/world-probes.ts'
import { formatDuration } from '../protocol/duration.ts'

/** 200-399 pass. `connection`: one that is made already, instead of a new one to the address of `url`. */
export async function httpAnswer(url: string, timeoutMs: number, connection?: Socket): Promise<ProbeAnswer> {
  const isSecure = url.startsWith('https:')
  const { request } = isSecure ? await import('node:https') : await import('node:http')
  // The question is whether it serves: self-signed certificates are common on developers' machines.
  const rejectUnauthorized = false
  const made =
    connection && isSecure ? (await import('node:tls')).connect({ socket: connection, rejectUnauthorized }) : connection
  return new Promise((resolve) => {
    const asked = request(url, {
      // An agent, also the one of `false`, makes connections of its own.
      ...(made ? { createConnection: () => made } : { agent: false }),
      headers: { 'user-agent': 'ptrack', connection: 'close' },
      rejectUnauthorized,
    })
    const timer = setTimeout(() => finish({ ok: false, answer: `had no answer within ${formatDuration(timeoutMs)}` }), timeoutMs)
    const finish = (result: ProbeAnswer): void => {
      clearTimeout(timer)
      asked.destroy()
      resolve(result)
    }
    asked.once('response', (response) => {
      const status = response.statusCode ?? 0
      finish({ ok: status >= 200 && status < 400, answer: `answered ${status}` })
    })
    asked.on('error', (error: NodeJS.ErrnoException) => {
      const { hostname, port } = new URL(url)
      finish({ ok: false, answer: connectionWords(error.code ?? null, hostname, port, error.message) })
    })
    asked.end()
  })
}
