/** health: one line for each service, and 3 when one with a check is not healthy. */
import type { ProcessDetail } from '../../../protocol/view.ts'
import { naturalOrder } from '../../../words/natural-order.ts'
import { clean } from '../../../words/text.ts'
import type { Context } from '../../context.ts'
import { isChecked, isReady } from '../runtime/readiness.ts'

const NOT_HEALTHY = 3

/** What is not running has the reason for that; what is, what its check says. */
function wordsOf(detail: ProcessDetail): string {
  const { status, health, healthCheck, reason } = detail
  if (status !== 'running') return `${status}${reason === null ? '' : `: ${clean(reason)}`}`
  if (!isChecked({ view: detail, detail })) return 'running, nothing checks it'
  const check = healthCheck === null ? '' : ` (${clean(healthCheck.check)} ${clean(healthCheck.answer)})`
  return `${health === 'unknown' ? 'not checked yet' : health}${check}`
}

export async function health(context: Context, targets: string[]): Promise<number> {
  const details = await context.request('show', { targets: targets.length > 0 ? targets : ['all'] })
  const services = details
    .filter(({ kind }) => kind === 'service')
    .sort((a, b) => naturalOrder(a.name, b.name))
    .map((detail) => ({ view: detail, detail }))
  const healthy = isReady(services)
  if (context.json) {
    const rows = services.map(({ view: { name, status, health, healthCheck } }) => ({ name, status, health, healthCheck }))
    context.printJson({ healthy, services: rows })
  } else {
    for (const { detail } of services) context.print(`${clean(detail.name)}: ${wordsOf(detail)}`)
    if (services.length === 0) context.say('there is no service')
  }
  return healthy ? 0 : NOT_HEALTHY
}
