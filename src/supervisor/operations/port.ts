/** port: who listens there. */
import type { Params } from '../../protocol/requests.ts'
import type { PortHolderView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'

export async function port(supervisor: Supervisor, params: Params<'port'>): Promise<PortHolderView[]> {
  const { table } = supervisor.world
  const listeners = table.listeners().filter((listener) => listener.port === params.port)
  const holders = table.holders(new Set(listeners.map((listener) => listener.inode)), null)
  const index = supervisor.trees.index()
  const connections = listeners.length === 0 ? null : (table.connections(new Set([params.port]))?.get(params.port) ?? null)
  return listeners.map(({ address, inode }) => {
    const pid = holders.get(inode) ?? null
    const identity = pid === null ? null : table.identityOf(pid)
    const owner = [...supervisor.registry.all()].find((managed) =>
      supervisor.trees.members(managed, index).some((row) => row.pid === pid),
    )
    return {
      port: params.port,
      address,
      pid,
      command: pid === null ? null : table.commandLine(pid).join(' '),
      startTime: identity === null ? null : new Date(table.startedAtMs(identity)).toISOString(),
      process: owner ? nameOf(owner) : null,
      connections,
    }
  })
}
