/** A definition as facts for `show`. */
import { formatDuration } from '../../../protocol/duration.ts'
import type { ProcessDetail } from '../../../protocol/view.ts'
import { sizeWords, UNKNOWN } from '../../../words/status.ts'
import { clean, quoteCommand } from '../../../words/text.ts'

/** A word and what it is for this process. */
export type Fact = readonly [string, string]

function probeWords(health: ProcessDetail['definition']['health']): string {
  if (health === null) return UNKNOWN
  switch (health.kind) {
    case 'http':
      return health.url
    case 'exec':
      return `exec:${health.command}`
    case 'log':
      return `log:${health.pattern}`
    case 'tcp':
      return `tcp:${health.host}:${health.port}`
    default:
      return health.kind
  }
}

function retryWords(d: ProcessDetail['definition']): string {
  const jitter = d.retryJitter ? ', varied by chance' : ''
  const pauses = `first after ${formatDuration(d.retryInitialMs)}, then ${d.retryFactor}x up to ${formatDuration(d.retryMaxMs)}${jitter}`
  return `${d.retries} on ${[...d.retryOn, ...(d.retryInterrupted ? ['interruption'] : [])].join(', ')}; ${pauses}`
}

function restartWords(d: ProcessDetail['definition']): string {
  const pause = d.restartDelayMs === null ? '' : `, ${formatDuration(d.restartDelayMs)} after each end`
  return `${d.restart}${pause}${d.maxRestarts === null ? '' : `, at most ${d.maxRestarts} in ${formatDuration(d.restartWindowMs)}`}`
}

/** Everything a person might have set; what is as it always is stays out. */
export function definitionFacts(view: ProcessDetail): Fact[] {
  const { definition: d } = view
  const facts: (Fact | null)[] = [
    ['id', view.id],
    ['kind', d.type === d.kind ? d.kind : `${d.kind}, type ${clean(d.type)}`],
    ['owner', view.owner],
    d.title ? ['title', clean(d.title)] : null,
    d.description ? ['description', clean(d.description)] : null,
    d.tags.length ? ['tags', d.tags.map(clean).join(', ')] : null,
    ...d.hooks.map(({ on, run }): Fact => ['hook', clean(`${on.join(',')} ${run}`)]),
    ...(d.kind === 'external' ? [] : runFacts(d)),
  ]
  return facts.filter((fact) => fact !== null)
}

/** How it is run, which is nobody's business here when somebody else does. */
function runFacts(d: ProcessDetail['definition']): (Fact | null)[] {
  return [
    ['command', quoteCommand(d.command)],
    ['cwd', clean(d.cwd)],
    ['restart', restartWords(d)],
    d.kind === 'job' && d.retries > 0 ? ['retries', retryWords(d)] : null,
    d.priority === 0 ? null : ['priority', String(d.priority)],
    d.after.length ? ['after', d.after.map(({ name, condition }) => `${clean(name)} is ${condition}`).join(', ')] : null,
    d.cron === null ? null : ['cron', `${clean(d.cron)}, a turn that comes while it runs: ${d.cronOverlap}`],
    d.watchFiles.length ? ['watches', d.watchFiles.map(clean).join(' ')] : null,
    [
      'stop',
      `${d.stopSignal}, SIGKILL after ${formatDuration(d.stopTimeoutMs)}, leftovers: ${d.leftovers ?? (d.kind === 'service' ? 'kill' : 'keep')}`,
    ],
    d.timeoutMs === null ? null : ['timeout', formatDuration(d.timeoutMs)],
    d.health === null
      ? null
      : [
          'health check',
          `${clean(probeWords(d.health))}, every ${formatDuration(d.healthPeriodMs)}, ${d.healthFailures} failures, restart when unhealthy: ${d.restartUnhealthy ? 'yes' : 'no'}`,
        ],
    d.maxMemoryBytes === null ? null : ['max memory', sizeWords(d.maxMemoryBytes)],
    d.nice === null ? null : ['nice', String(d.nice)],
    d.user === null && d.group === null ? null : ['user', `${d.user ?? UNKNOWN}:${d.group ?? UNKNOWN}`],
    Object.keys(d.ulimits).length
      ? [
          'ulimits',
          Object.entries(d.ulimits)
            .map(([key, value]) => `${key}=${value}`)
            .join(' '),
        ]
      : null,
    ['logs', `rotated at ${sizeWords(d.logMaxBytes)}, ${d.logKeep} kept`],
  ]
}
