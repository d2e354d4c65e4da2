/** The interfaces of the World for the fleet: what is kept of the membership, and the process that holds the bus. */
import type { FromAgent, Membership, ToAgent } from './fleet/messages.ts'
import type { FleetRun } from './fleet/run-of.ts'

export interface FleetAgent {
  readonly pid: number
  send(message: ToAgent): void
  /** SIGKILL: also for one that is frozen. */
  kill(): void
}

/** This node's events on disk, until they are on the bus. */
export interface FleetOutbox {
  /** It is there when this returns. Returns why the disk does not take it; null = it has. */
  append(line: string): string | null
  close(): void
}

export interface FleetPlaces {
  /** One look at a file, at the daemon's start. */
  isMember(): boolean
  /** Throws BAD_FILE for a file that cannot be read. */
  load(): Promise<Membership | null>
  save(membership: Membership): Promise<void>
  forget(): Promise<void>
  outbox(): Promise<FleetOutbox>
  /** A job of the fleet becomes the process of this number; noted on disk when this returns. Throws STATE_WRITE_FAILED. */
  noteBegun(run: FleetRun, number: number): void
  /** At the start: forgets those that never came to be recorded. */
  dropUnrecorded(nextNumber: number): void
  /** The name of this machine. */
  host(): string
  /** Starts ptrackd-fleet, which ends when this daemon does. `onExit` is called once; its last words are in `why`. */
  spawn(on: { message(message: FromAgent): void; exit(why: string): void }): FleetAgent
}
