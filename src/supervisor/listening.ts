/** What listens on which port, by one reading of the kernel's table: a line costs 5 us, a connection 270. */
import type { World } from '../core/world.ts'

export const LISTENING_AGE_MS = 1000
/** Where reading takes longer (lsof, or 5000 listeners), connections are used instead for a while. */
const READING_MAX_MS = 20
/** In a row; on a busy machine a single one may have been delayed. */
const SLOW_READINGS = 3
const GIVEN_UP_MS = 60_000

export class Listening {
  private readonly world: Pick<World, 'clock' | 'table'>
  private byPort = new Map<number, string>()
  private untilMono = Number.NEGATIVE_INFINITY
  private slow = 0

  constructor(world: Pick<World, 'clock' | 'table'>) {
    this.world = world
  }

  /** Identifies the sockets listening on this port, at any address. Empty: none, or unknown. */
  socketsOf(port: number): string {
    if (this.world.clock.mono() >= this.untilMono) this.read()
    return this.byPort.get(port) ?? ''
  }

  private read(): void {
    const { clock, table } = this.world
    const beganMono = clock.mono()
    const byPort = new Map<number, string>()
    for (const { port, inode } of table.listeners()) {
      const others = byPort.get(port)
      byPort.set(port, others === undefined ? String(inode) : `${others} ${inode}`)
    }
    const nowMono = clock.mono()
    this.slow = nowMono - beganMono > READING_MAX_MS ? this.slow + 1 : 0
    const givenUp = this.slow >= SLOW_READINGS
    this.byPort = givenUp ? new Map() : byPort
    this.untilMono = nowMono + (givenUp ? GIVEN_UP_MS : LISTENING_AGE_MS)
  }
}
