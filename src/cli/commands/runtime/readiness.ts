/** Whether every service with a check is healthy. */
import { isEnded } from '../../../protocol/names.ts'
import type { ProcessDetail, ProcessView } from '../../../protocol/view.ts'

export interface Checked {
  view: ProcessView
  detail: Pick<ProcessDetail, 'definition'> | null
}

/** Ports and shared sockets are checked too. What a person has stopped is not expected to be healthy. */
export function isChecked({ view, detail }: Checked): boolean {
  if (view.kind !== 'service' || detail === null) return false
  if (isEnded(view.status) && view.wanted === 'down') return false
  const { health, ports, sockets } = detail.definition
  return (health !== null && health.kind !== 'none') || ports.length > 0 || sockets.length > 0
}

export const isReady = (all: readonly Checked[]): boolean =>
  all.filter(isChecked).every(({ view }) => view.status === 'running' && view.health === 'healthy')
