/** Three homes as three nodes on one bus. */
import type { FleetNode, FleetStatus } from '../../src/protocol/fleet.ts'
import { type TestBus, testBus } from './bus.ts'
import { type TestHome, testHome } from './daemon.ts'
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
