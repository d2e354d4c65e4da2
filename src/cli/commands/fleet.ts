/** fleet join|ls|status|leave: this home as a node among others. */
import type { Command } from 'commander'
import type { CommandSpec } from '../command.ts'

const join: CommandSpec = {
  name: 'fleet join',
  group: 'fleet',
  summary: 'make this home a node of the fleet on a bus (a nats-server)',
  define: (command: Command) => {
    command
      .argument('<address...>', 'nats://HOST:PORT of a server of the bus; of several, any one will do')
      .option('--name <name>', 'name of this node (default: that of the machine)')
      .option('--creds <file>', 'credentials for the bus, as `nsc` writes them')
      .option('--trust-bus', 'let people of other nodes do here what their node says they may; without it they may only look')
    return async (context, servers, options) => (await import('./fleet/fleet.ts')).joinFleet(context, servers, options)
  },
}

const list: CommandSpec = {
  name: 'fleet ls',
  aliases: ['fleet'],
  group: 'fleet',
  summary: 'list the nodes of the fleet',
  define: () => async (context) => (await import('./fleet/fleet.ts')).listNodes(context),
}

const status: CommandSpec = {
  name: 'fleet status',
  group: 'fleet',
  summary: 'show whether this node is on the bus, and why not',
  define: () => async (context) => (await import('./fleet/fleet.ts')).showStatus(context),
}

const leave: CommandSpec = {
  name: 'fleet leave',
  group: 'fleet',
  summary: 'leave the fleet; what runs here runs on',
  define: () => async (context) => (await import('./fleet/fleet.ts')).leaveFleet(context),
}

export const fleet: readonly CommandSpec[] = [join, list, status, leave]
