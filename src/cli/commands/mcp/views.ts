/** A process in few words: what an agent decides by, without what is null. */
import { stripVTControlCharacters } from 'node:util'
import { formatDuration } from '../../../protocol/duration.ts'
import type { LogLine, ProcessView } from '../../../protocol/view.ts'
import { urlOfPort } from '../../../words/local-url.ts'
import { uptimeMs } from '../../../words/status.ts'
import { type Answer, cutText, facts } from './answer.ts'
import type { Scope } from './scope.ts'

export function summary(view: ProcessView, scope: Scope): Answer {
  const [port] = view.ports
  const up = uptimeMs(view, Date.now())
  return facts({
    name: scope.shown(view.fullName),
    kind: view.kind === 'service' ? null : view.kind,
    status: view.status,
    health: view.health === 'unknown' ? null : view.health,
    reason: view.reason,
    pid: view.pid,
    port: port?.port,
    ports: view.ports.length > 1 ? view.ports.map((each) => each.port) : null,
    url: port?.open ? urlOfPort(port.port, view.command) : null,
    ...(view.kind === 'service'
      ? { up: up === null ? null : formatDuration(up) }
      : { took: up === null ? null : formatDuration(up) }),
    exitCode: view.pid === null ? view.exitCode : null,
    signal: view.pid === null && view.status !== 'stopped' ? view.signal : null,
    restarts: view.restarts > 0 ? view.restarts : null,
    crashLoop: view.crashLoop || null,
    progress: view.progress?.percent == null ? null : `${Math.round(view.progress.percent)}%`,
    results: view.results > 0 ? view.results : null,
    session: view.session,
  })
}

/** One line is no longer than this. */
const LINE_CHARS = 1500

/** Without colours, and of a line that was written over again and again only what was seen last. */
export function plainText(text: string): string {
  const seen = text.replace(/\r+$/, '')
  const plain = stripVTControlCharacters(seen.slice(seen.lastIndexOf('\r') + 1)).replace(/[\x00-\x08\x0b-\x1f\x7f]/g, '')
  return cutText(plain, LINE_CHARS)
}

/** Of several, each with its name, as `logs` prints them. */
export function plainLines(lines: readonly LogLine[], scope: Scope): string[] {
  const several = new Set(lines.map((line) => line.process)).size > 1
  return lines.map((line) => `${several ? `${scope.shown(line.process)} | ` : ''}${plainText(line.text)}`)
}
