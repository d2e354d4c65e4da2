/** What an instance can be asked on its control socket. */
import type { Commands } from './control.ts'
import type { Drain } from './drain.ts'
import type { Gate } from './gate.ts'
import { hold } from './hold.ts'
import type { Inherited } from './inherited.ts'
import type { Place } from './place.ts'

interface Instance {
  sockets: readonly Inherited[]
  places: readonly Place[]
  gate: Gate
  drain: Drain
}

type Command = (rest: string, reply: (answer: object) => void) => void

export function commandsOf({ sockets, places, gate, drain }: Instance): Commands {
  const status = (): object => ({
    pid: process.pid,
    gate: gate.isOpen() ? 'open' : 'shut',
    draining: drain.isDraining(),
    connections: drain.connections(),
    sockets: places.map((place) => ({ name: place.socket.name, listening: place.server() !== null })),
  })
  const commands = new Map<string, Command>([
    ['status', (_, reply) => reply(status())],
    ['drain', (_, reply) => drain.start(() => reply({ drained: true }))],
    ['hold', (rest, reply) => reply({ pid: hold(...twoPaths(rest), sockets) })],
    [
      'open',
      (_, reply) => {
        gate.open()
        reply({ open: true })
      },
    ],
  ])
  return {
    answer(verb, rest, reply) {
      const command = commands.get(verb)
      if (command === undefined) throw new Error(`unknown: ${verb}; there are ${[...commands.keys()].join(', ')} and connect`)
      command(rest, reply)
    },
    serverOf: (name) => places.find((place) => place.socket.name === name)?.server() ?? null,
  }
}

/** Either may hold spaces, and both begin with a slash. */
function twoPaths(text: string): [string, string] {
  const [, first, second] = /^(\/.*) (\/.*)$/.exec(text) ?? []
  if (!first || !second) throw new Error('cannot hold: give a directory and a FIFO, both by absolute paths')
  return [first, second]
}
