/** Before a start: names the holder of a declared port, instead of EADDRINUSE in a log. */
import { membersOf } from '../../../core/tree.ts'
import type { Listener } from '../../../core/world.ts'
import type { Definition } from '../../../protocol/definition.ts'
import { formatDuration } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { portsOf, socketPorts, socketsNameOf } from '../../../protocol/sockets.ts'
import type { Supervisor } from '../../create-supervisor.ts'
import { evidenceOf, nameOf } from '../../registry.ts'

/** One reading of the listening sockets for all definitions of a request. */
export function listenersFor(supervisor: Supervisor, definitions: readonly Definition[]): Listener[] {
  return definitions.some((definition) => portsOf(definition).length > 0) ? supervisor.world.table.listeners() : []
}

export function refuseTakenPorts(supervisor: Supervisor, definition: Definition, listeners: readonly Listener[]): void {
  // Open sockets are ours already, and instances join.
  const isOpen = supervisor.sockets.of(socketsNameOf(definition)) !== null
  const ours = isOpen ? socketPorts(definition) : []
  const wanted = portsOf(definition).filter((port) => !ours.includes(port))
  const holding = listeners.filter((listener) => wanted.includes(listener.port))
  if (holding.length === 0) return
  const { table, clock } = supervisor.world
  const { port, inode } = holding[0]!
  const pid = table.holders(new Set([inode]), null).get(inode)
  const identity = pid === undefined ? null : table.identityOf(pid)
  if (pid === undefined || identity === null)
    throw new PtrackError(
      'PORT_TAKEN',
      `cannot start ${definition.name}: port ${port} is held by a process that cannot be seen from here`,
      {
        hint: 'free it, or give another --port',
        details: { port, pid: null },
      },
    )
  const words = table.commandLine(pid).join(' ')
  const command = words.length > 80 ? `${words.slice(0, 79)}…` : words
  const age = formatDuration(clock.wall() - table.startedAtMs(identity))
  const index = supervisor.trees.index()
  // The holder of a socket that others share is no stray: the set is what has the port.
  const sharing = [...supervisor.registry.all()].find(({ record }) =>
    supervisor.sockets.of(socketsNameOf(record.definition))?.sockets.some((socket) => socket.inode === inode),
  )
  const running = [...supervisor.registry.all()].find((managed) => {
    const evidence = evidenceOf(managed)
    return evidence !== null && membersOf(index, evidence).some((row) => row.pid === pid)
  })
  const owner = sharing ? socketsNameOf(sharing.record.definition) : running ? nameOf(running) : null
  // Only advise kill-orphan where it would act: on leftovers of ours, and on squatters of a known process's port.
  const known = [...supervisor.registry.all()].some((managed) => portsOf(managed.record.definition).includes(port))
  const left = index.byPid.get(pid)?.marker?.home === supervisor.world.home
  const hint = owner
    ? `\`ptrack stop ${owner}\` frees it`
    : `\`${known || left ? 'ptrack kill-orphan' : 'kill'} ${pid}\` ends it, or give another --port`
  throw new PtrackError(
    'PORT_TAKEN',
    `cannot start ${definition.name}: port ${port} is held by pid ${pid} (${command}, ${age} old${owner ? `, ${owner}` : ''})`,
    {
      hint,
      details: { port, pid, command, process: owner },
    },
  )
}
