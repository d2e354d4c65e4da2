/** A job of the fleet, in words. */
import type { FleetJobView } from '../../../protocol/fleet-jobs.ts'
import { clean } from '../../../words/text.ts'

export const waitingWords = ({ position, reason }: FleetJobView): string =>
  position === null ? `waits: ${clean(reason ?? 'it will be placed')}` : `waits for a place, position ${position}`

/** What there is to say beside its state. */
export function jobWords(job: FleetJobView): string {
  const { state, outcome, late, cancelledBy, reason } = job
  const wish = cancelledBy === null || state === 'ended' ? '' : `, to be ended (${clean(cancelledBy)})`
  switch (state) {
    case 'pending':
      return waitingWords(job) + (position(job) && reason !== null ? `: ${clean(reason)}` : '')
    case 'unknown':
      return `${clean(reason ?? '')}; its program may go on${wish}`
    case 'ended': {
      const code = outcome!.exitCode === null ? (outcome!.signal ?? '') : `exit ${outcome!.exitCode}`
      const why = outcome!.reason === null ? '' : clean(outcome!.reason)
      return [outcome!.status, code, why, late ? 'told late' : ''].filter((word) => word !== '').join(', ')
    }
    default:
      return wish.replace(/^, /, '')
  }
}

const position = ({ position }: FleetJobView): boolean => position !== null
