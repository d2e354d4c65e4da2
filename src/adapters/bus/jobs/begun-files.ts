/**
 * HOME/fleet/begun/JOB.FENCE.NUMBER: a job of the fleet has become the process of this number. The process, its history and its name may be gone
 * afterwards; this stays until its end is known to the fleet, so that nothing is taken for never begun that has begun.
 */
import { closeSync, fsyncSync, mkdirSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { FleetRun } from '../../../core/fleet/run-of.ts'
import { unless } from '../../errno.ts'
import { openFileSync } from '../../regular-file.ts'
import { fleetDir } from '../own/files.ts'

const begunDir = (home: string): string => join(fleetDir(home), 'begun')
const fileOf = (home: string, { job, fence }: FleetRun, number: number): string =>
  join(begunDir(home), `${job}.${fence}.${number}`)

/** `number`: of the process. Throws the system's error. */
export function noteBegun(home: string, begun: FleetRun, number: number): void {
  mkdirSync(begunDir(home), { recursive: true, mode: 0o700 })
  const file = openFileSync(fileOf(home, begun, number), 'w')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/**
 * At the daemon's start: a process whose number was never recorded has not begun, since a start is on disk before the spawn. Its daemon
 * died between the two.
 */
export function dropUnrecorded(home: string, nextNumber: number): void {
  for (const { number, ...run } of notes(home)) if (number >= nextNumber) forgetBegun(home, run)
}

export const listBegun = (home: string): FleetRun[] => notes(home).map(({ job, fence }) => ({ job, fence }))

export function forgetBegun(home: string, run: FleetRun): void {
  for (const { job, fence, number } of notes(home))
    if (job === run.job && fence === run.fence) unless(['ENOENT'], undefined, () => unlinkSync(fileOf(home, run, number)))
}

const notes = (home: string): (FleetRun & { number: number })[] =>
  unless(['ENOENT'], [], () => readdirSync(begunDir(home))).flatMap((name) => {
    const [, job, fence, number] = /^([0-9a-f]{8})\.(\d+)\.(\d+)$/.exec(name) ?? []
    return job === undefined ? [] : [{ job, fence: Number(fence), number: Number(number) }]
  })
