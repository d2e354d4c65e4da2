/** Three homes as three nodes on one bus. */
import { spawn } from 'node:child_process'
import type { FleetEvent, FleetNode, FleetStatus } from '../../src/protocol/fleet.ts'
import { cliFile } from './bundle.ts'
import { serverFile, type TestBus, testBus } from './bus.ts'
import { type TestHome, testHome } from './daemon.ts'
import { freePort } from './free-port.ts'
import { allPids, commandLine, type Ident, identOf } from './proc.ts'

export interface TestFleet {
  bus: TestBus
  n1: TestHome
  n2: TestHome
  n3: TestHome
  close(): Promise<void>
}

/** n1 and n2 trust the bus; n3 does not. */
export async function testFleet(): Promise<TestFleet> {
  const bus = await testBus()
  const [n1, n2, n3] = await Promise.all([testHome(), testHome(), testHome()])
  await join(n1, bus, 'n1', '--trust-bus')
  await Promise.all([join(n2, bus, 'n2', '--trust-bus'), join(n3, bus, 'n3')])
  await seen(n1, ['n1', 'n2', 'n3'])
  return {
    bus,
    n1,
    n2,
    n3,
    close: async () => {
      for (const each of [n1, n2, n3]) await each.close()
      await bus.close()
    },
  }
}

export const join = (t: TestHome, bus: TestBus, name: string, ...options: string[]) =>
  t.here.ok(['fleet', 'join', bus.url, '--name', name, ...options])

export const nodesOf = (t: TestHome): Promise<FleetNode[]> => t.request('fleet.ls', {})
export const statusOf = (t: TestHome): Promise<FleetStatus> => t.request('fleet.status', {})

/** Until exactly these are here, as this one sees it. */
export const seen = (t: TestHome, names: readonly string[]): Promise<unknown> =>
  t.until(
    async () => {
      const here = (await nodesOf(t)).filter(({ state }) => state === 'here').map(({ name }) => name)
      return here.join() === [...names].join()
    },
    `the nodes here are ${names.join(', ')}`,
  )

/** The living ptrackd-fleet processes of a home. */
export const agentsOf = (t: TestHome): Ident[] =>
  allPids()
    .filter((pid) => {
      const words = commandLine(pid)
      return words.some((word) => word.endsWith('ptrackd-fleet.cjs')) && words.includes(t.home)
    })
    .map(identOf)
    .filter((ident): ident is Ident => ident !== null)

/** Three homes in a fleet that n1 has made: n2 is an operator elsewhere, n3 an admin. */
export async function ownFleet(): Promise<Omit<TestFleet, 'bus'>> {
  const port = await freePort()
  const [n1, n2, n3] = await Promise.all([testHome(), testHome(), testHome()])
  await n1.here.ok(['fleet', 'create', '--name', 'n1', '--listen', `127.0.0.1:${port}`, '--server-binary', serverFile!])
  for (const [t, name, role] of [
    [n2, 'n2', 'operator'],
    [n3, 'n3', 'admin'],
  ] as const) {
    const token = (await n1.here.ok(['fleet', 'invite', '--role', role])).stdout.trim()
    await t.here.ok(['fleet', 'join', token, '--name', name])
  }
  await seen(n1, ['n1', 'n2', 'n3'])
  return {
    n1,
    n2,
    n3,
    close: async () => {
      for (const each of [n3, n2, n1]) await each.close()
    },
  }
}

/** `events --fleet -f --json`, as a program reads it. */
export function followsFleet(t: TestHome, ...options: string[]) {
  const { child: _, text, ...follow } = follows(t, ['events', '--fleet', '-f', '--json', ...options])
  return { ...follow, events: (): FleetEvent[] => eventsIn(text()) }
}

/** A command that prints until Ctrl-C. */
export function follows(t: TestHome, args: readonly string[]) {
  const child = spawn(process.execPath, [cliFile, ...args], { env: t.env, stdio: ['ignore', 'pipe', 'pipe'] })
  let [text, errors] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    errors += chunk
  })
  return {
    child,
    text: () => text,
    stderr: () => errors,
    end: async (): Promise<void> => {
      child.kill('SIGINT')
      await t.until(() => child.exitCode !== null || child.signalCode !== null, `${args[0]} -f has ended`)
    },
  }
}

export const eventsIn = (text: string): FleetEvent[] =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .flatMap((line) => (line === '' ? [] : [JSON.parse(line) as FleetEvent]))
