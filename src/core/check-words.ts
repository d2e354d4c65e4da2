/** A health check and its answer as text: `GET /health answered 500`. */
import type { Definition } from '../protocol/definition.ts'
import { redact } from './redact.ts'

/** Characters; a list shows one line of it. */
const NAME_CHARS = 80
const ANSWER_CHARS = 300
const OWN_HOSTS: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]'])

function shown(text: string, chars: number): string {
  const line = redact(text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim())
  return line.length > chars ? `${line.slice(0, chars - 1)}…` : line
}

/** `GET /health`, `tcp:db:5432`, `exec:pg_isready`; null where no probe is declared. */
export function checkName(probe: Definition['health']): string | null {
  switch (probe?.kind) {
    case undefined:
    case 'none':
      return null
    case 'http':
      return shown(`GET ${address(probe.url)}`, NAME_CHARS)
    case 'tcp':
      return shown(`tcp:${probe.host}:${probe.port}`, NAME_CHARS)
    case 'exec':
      return shown(`exec:${probe.command}`, NAME_CHARS)
    case 'log':
      return shown(`log:${probe.pattern}`, NAME_CHARS)
    case 'notify':
      return 'ptrack notify --ready'
  }
}

/** Name, password and query are left out: they may be keys. */
function address(url: string): string {
  if (!URL.canParse(url)) return url
  const { hostname, host, pathname, search } = new URL(url)
  return `${OWN_HOSTS.has(hostname) ? '' : host}${pathname}${search === '' ? '' : '?...'}`
}

export const answerWords = (answer: string): string => shown(answer, ANSWER_CHARS)

export const failureWords = (check: string, answer: string): string => `${check} ${answer}`

/** Why a connection failed, by the system's error code. */
export function connectionWords(code: string | null, host: string, port: number | string, message = ''): string {
  const at = port === '' ? host : `${host}:${port}`
  switch (code) {
    case 'ECONNREFUSED':
      return `failed: ${at} refused the connection (${code})`
    case 'ENOTFOUND':
      return `failed: there is no host ${host} (${code})`
    case 'ECONNRESET':
      return `failed: ${at} ended the connection without an answer (${code})`
    default:
      return `failed: ${message || (code ?? 'no connection')}`
  }
}
