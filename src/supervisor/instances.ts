/** Asks single instances behind shared sockets: a connection to the shared port would be answered by any of them. */
import { answerWords, checkName, failureWords } from '../core/check-words.ts'
import type { LiveRun } from '../core/state.ts'
import type { World } from '../core/world.ts'
import type { ProbeAnswer } from '../core/world-probes.ts'
import type { InstanceStatus } from '../core/world-sockets.ts'
import { type OpenSocket, type OpenSockets, socketsNameOf } from '../protocol/sockets.ts'
import { probe } from './probe.ts'
import type { Managed } from './registry.ts'
import { type Serving, servingOf } from './shared-ports.ts'
import type { SocketKeeper } from './socket-keeper.ts'

interface Run {
  id: string
  live: LiveRun
}

export class Instances {
  private readonly world: World
  private readonly sockets: Pick<SocketKeeper, 'of'>
  /** Runs that have reported that they are ready. */
  private readonly ready = new Set<string>()

  constructor(world: World, sockets: Pick<SocketKeeper, 'of'>) {
    this.world = world
    this.sockets = sockets
  }

  /** Null while its program, or a Node program below it, has taken none of its sockets. */
  status(managed: Managed, runId: string): Promise<InstanceStatus | null> {
    const open = this.controlled(managed, runId)
    return open === null ? Promise.resolve(null) : this.world.sockets.status(open, runId)
  }

  isControlled(managed: Managed, runId: string): boolean {
    return this.controlled(managed, runId) !== null
  }

  async openGate(managed: Managed, runId: string): Promise<boolean> {
    const open = this.controlled(managed, runId)
    return open !== null && (await this.world.sockets.openGate(open, runId))
  }

  /** Resolves when its last connection is gone; with false when it cannot be asked, or the time is over. */
  async drain(managed: Managed, runId: string, timeoutMs: number): Promise<boolean> {
    const open = this.controlled(managed, runId)
    return open !== null && (await this.world.sockets.drain(open, runId, timeoutMs))
  }

  /** Why it is not healthy; null = it is. */
  async check(managed: Managed, run: Run): Promise<string | null> {
    const { definition } = managed.record
    const open = this.openOf(managed)
    for (const socket of open?.sockets ?? []) {
      const serving = await this.serving(managed, run, socket)
      if ('why' in serving) return serving.why
    }
    const answer = await this.probe(managed, run.id, this.ready.has(run.id))
    return answer === null || answer.ok ? null : failureWords(checkName(definition.health) ?? '', answerWords(answer.answer))
  }

  async serving(managed: Managed, { id, live }: Run, socket: OpenSocket): Promise<Serving> {
    const status = await this.status(managed, id)
    // Behind a gate it listens in every way but one, and the kernel's lists do not name it.
    if (status?.gate === 'shut' && status.sockets.some(({ name, listening }) => name === socket.name && listening))
      return { pid: status.pid }
    const open = this.openOf(managed)
    return servingOf(this.world, live, socket, open === null || !this.world.sockets.isLoaded(open, id))
  }

  /** The declared probe; a request to a shared port is handed to this very instance. */
  async probe(managed: Managed, runId: string, announced: boolean): Promise<ProbeAnswer | null> {
    const { health, healthTimeoutMs } = managed.record.definition
    const open = health?.kind === 'http' ? this.controlled(managed, runId) : null
    if (open !== null && health?.kind === 'http') {
      const url = new URL(health.url)
      const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
      const socket = open.sockets.find((each) => each.port === port)
      if (socket !== undefined) {
        const answer = await this.world.sockets.probe(open, runId, socket.name, health.url, healthTimeoutMs)
        if (answer !== null) return answer
      }
    }
    return probe(this.world, managed, announced)
  }

  announced(runId: string): void {
    this.ready.add(runId)
  }

  forget(runId: string): void {
    this.ready.delete(runId)
  }

  private openOf({ record: { definition } }: Managed): OpenSockets | null {
    return definition.sockets.length === 0 ? null : this.sockets.of(socketsNameOf(definition))
  }

  private controlled(managed: Managed, runId: string): OpenSockets | null {
    const open = managed.record.definition.preload ? this.openOf(managed) : null
    return open !== null && this.world.sockets.isControlled(open, runId) ? open : null
  }
}
