/** A policy in words, without what it leaves open. */
import { formatDuration } from '../../protocol/duration.ts'
import type { TypePolicy } from '../../protocol/settings.ts'

export function policyWords(policy: TypePolicy): string {
  const { retries, retryInitialMs: initial, retryMaxMs: max, retryFactor, retryJitter, timeoutMs } = policy
  return [
    retries === undefined ? null : `${retries} ${retries === 1 ? 'retry' : 'retries'}`,
    initial === undefined ? null : `first after ${formatDuration(initial)}`,
    max === undefined ? null : `at most ${formatDuration(max)} apart`,
    retryFactor === undefined ? null : `factor ${retryFactor}`,
    retryJitter === undefined ? null : `jitter ${retryJitter ? 'on' : 'off'}`,
    timeoutMs === undefined ? null : timeoutMs === null ? 'no timeout' : `timeout ${formatDuration(timeoutMs)}`,
  ]
    .filter((part) => part !== null)
    .join(', ')
}
