/** Which run of a job of the fleet a process is, as its metadata says. */
export interface FleetRun {
  job: string
  fence: number
}

/** null for what is none. */
export function fleetRunOf(metadata: unknown): FleetRun | null {
  const { fleet } = (metadata ?? {}) as { fleet?: unknown }
  const { job, fence } = (fleet ?? {}) as { job?: unknown; fence?: unknown }
  return typeof job === 'string' && /^[0-9a-f]{8}$/.test(job) && Number.isSafeInteger(fence)
    ? { job, fence: fence as number }
    : null
}
