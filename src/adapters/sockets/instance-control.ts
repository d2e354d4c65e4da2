/** What the daemon asks of single instances, by the control sockets of their preloads. */
import { existsSync } from 'node:fs'
import type { ProbeAnswer } from '../../core/world-probes.ts'
import type { InstanceStatus, SocketKeeping } from '../../core/world-sockets.ts'
import { httpAnswer } from '../http-probe.ts'
import { askInstance, connectInstance } from './control.ts'
import type { SocketPlaces } from './places.ts'

type InstanceControl = Pick<SocketKeeping, 'isControlled' | 'isLoaded' | 'status' | 'openGate' | 'drain' | 'probe'>

export function instanceControl(places: SocketPlaces): InstanceControl {
  const pathOf = ({ dir }: { dir: string }, runId: string): string => places.control(dir, runId)
  return {
    isControlled: (open, runId) => existsSync(pathOf(open, runId)),
    isLoaded: ({ dir }, runId) => existsSync(places.loaded(dir, runId)),
    async status(open, runId) {
      const answer = await askInstance(pathOf(open, runId), 'status')
      return isStatus(answer) ? answer : null
    },
    openGate: async (open, runId) => (await askInstance(pathOf(open, runId), 'open'))?.open === true,
    drain: async (open, runId, timeoutMs) => (await askInstance(pathOf(open, runId), 'drain', timeoutMs))?.drained === true,
    async probe(open, runId, socket, url, timeoutMs): Promise<ProbeAnswer | null> {
      const connection = await connectInstance(pathOf(open, runId), socket)
      return connection === null ? null : httpAnswer(url, timeoutMs, connection)
    },
  }
}

const isStatus = (answer: unknown): answer is InstanceStatus => {
  const { pid, gate, connections, sockets } = (answer ?? {}) as Partial<InstanceStatus>
  return typeof pid === 'number' && typeof gate === 'string' && typeof connections === 'number' && Array.isArray(sockets)
}
