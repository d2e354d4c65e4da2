/** fleet create|invite|join|kick|ls|jobs|cancel|status|doctor|leave: this home as a node among others. */
import type { Command } from 'commander'
import { ROLES } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice, collect, duration } from '../input/parse.ts'

const group = 'fleet'
const TAGS = 'a tag of this node, repeatable: `run --fleet --node tag:TAG` runs on those that have it'
const own = () => import('./fleet/own.ts')
const basics = () => import('./fleet/fleet.ts')

const create: CommandSpec = {
  name: 'fleet create',
  group,
  summary: 'make a fleet: this home is its first node, and runs its bus',
  define: (command: Command) => {
    command
      .option('--name <name>', 'name of this node (default: that of the machine)')
      .option('--listen <address>', 'HOST:PORT of the bus (default: all addresses, port 4222)')
      .option('--server-binary <file>', 'nats-server (default: that in PATH)')
      .option('--servers <count>', '1')
      .option('--tag <tag>', TAGS, collect(String))
    return async (context, _, options) => (await own()).createFleet(context, options)
  },
}

const invite: CommandSpec = {
  name: 'fleet invite',
  group,
  summary: 'print a token by which one more machine joins, once',
  define: (command: Command) => {
    command
      .option('--role <role>', 'the most that its people may do on other nodes (default: viewer)', choice('--role', ROLES))
      .option('--ttl <time>', 'until it expires (default: 1h)', duration('--ttl', 1000))
    return async (context, _, options) => (await own()).invite(context, options)
  },
}

const join: CommandSpec = {
  name: 'fleet join',
  group,
  summary: 'make this home a node of a fleet',
  define: (command: Command) => {
    command
      .argument('<token...>', 'of `fleet invite`: itself, @FILE, - (stdin); or nats://HOST:PORT of a bus that others run')
      .option('--name <name>', 'name of this node (default: that of the machine)')
      .option('--tag <tag>', TAGS, collect(String))
      .option('--creds <file>', 'credentials for a bus of others, as `nsc` writes them')
      .option('--trust-bus', 'on a bus of others: people of other nodes do here what their node says they may')
    return async (context, words, options) => (await basics()).joinFleet(context, words, options)
  },
}

const kick: CommandSpec = {
  name: 'fleet kick',
  group,
  summary: 'put a node out of the fleet; what runs there runs on',
  define: (command: Command) => {
    command.argument('<node>')
    return async (context, [node]) => (await own()).kick(context, node!)
  },
}

const list: CommandSpec = {
  name: 'fleet ls',
  aliases: ['fleet'],
  group,
  summary: 'list the nodes of the fleet',
  define: () => async (context) => (await basics()).listNodes(context),
}

const jobs: CommandSpec = {
  name: 'fleet jobs',
  group,
  summary: 'list the jobs that the fleet places: what waits, what runs where, what is unknown',
  define: (command: Command) => {
    command.argument('[job...]', 'names or ids').option('--all', 'ended ones too')
    return async (context, words, { all }) => (await import('./fleet/jobs.ts')).listJobs(context, words, all === true)
  },
}

const cancel: CommandSpec = {
  name: 'fleet cancel',
  group,
  summary: 'take jobs of the fleet back, or end them where they run',
  define: (command: Command) => {
    command.argument('<job...>', 'names or ids')
    return async (context, words) => (await import('./fleet/jobs.ts')).cancelJobs(context, words)
  },
}

const status: CommandSpec = {
  name: 'fleet status',
  group,
  summary: 'show whether this node is on the bus, and why not',
  define: () => async (context) => (await basics()).showStatus(context),
}

const doctor: CommandSpec = {
  name: 'fleet doctor',
  group,
  summary: 'check the bus; exit 1 if it can lose data or lets strangers in',
  define: () => async (context) => (await own()).examineFleet(context),
}

const leave: CommandSpec = {
  name: 'fleet leave',
  group,
  summary: 'leave the fleet; what runs here runs on',
  define: (command: Command) => {
    command.option('--force', 'end the fleet that was made here for all of its nodes')
    return async (context, _, { force }) => (await basics()).leaveFleet(context, force === true)
  },
}

export const fleet: readonly CommandSpec[] = [create, invite, join, kick, list, jobs, cancel, status, doctor, leave]
