import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { endianness } from 'node:os'
import { afterAll, expect, test } from 'vitest'
import { countConnections, decodeAddress, listenersOf, openConnections } from '../../src/adapters/platform/linux-net.ts'
import { program } from '../support/daemon.ts'
import { type Ability, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const littleEndian: Ability = { name: 'a little-endian machine', there: endianness() === 'LE', optional: true }

const kit = osKit()
const servers: Server[] = []
afterAll(async () => {
  for (const server of servers) server.close()
  await kit.close()
})

testNeeding(littleEndian).each([
  ['0100007F', '127.0.0.1'],
  ['00000000', '0.0.0.0'],
  ['0A01A8C0', '192.168.1.10'],
  ['00000000000000000000000000000000', '::'],
  ['00000000000000000000000001000000', '::1'],
  ['0000000000000000FFFF00000100007F', '::ffff:127.0.0.1'],
  ['000080FE00000000FF005450DC5F1CFE', 'fe80::5054:ff:fe1c:5fdc'],
  ['B80D0120000000000000000000000000', '2001:db8::'],
  ['B80D0120000000000100010000000100', '2001:db8::1:1:1:0'],
])('address %s is %s', (hex, address) => {
  expect(decodeAddress(hex)).toBe(address)
})

test('listeners of both families are listed, with the process that holds them', async () => {
  const hosts = ['127.0.0.1', '::1', '0.0.0.0', '::']
  const runs = hosts.map((host) => kit.start([process.execPath, program('listens.mjs'), '0', host]))
  for (const [i, run] of runs.entries()) {
    const port = Number((await until(() => /^ready on (\d+)$/m.exec(run.out()), 'it listens'))[1])
    const found = kit.table.listeners().filter((listener) => listener.port === port)
    expect(found).toEqual([{ port, address: hosts[i], inode: expect.any(Number), queued: 0 }])
    const inodes = new Set([found[0]!.inode])
    expect(kit.table.holders(inodes, null)).toEqual(new Map([[found[0]!.inode, run.leader.pid]]))
    expect(kit.table.holders(inodes, [process.pid, run.leader.pid])).toEqual(new Map([[found[0]!.inode, run.leader.pid]]))
    expect(kit.table.holders(inodes, [process.pid, 2 ** 22 + 1])).toEqual(new Map())
  }
  expect(kit.table.holders(new Set(), null)).toEqual(new Map())
})

testNeeding(littleEndian)('a line may be cut between two pieces, or come again in the next', () => {
  const line = (n: number, port: string, state: string) =>
    `   ${n}: 0100007F:${port} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${1000 + n} 1\n`
  const header = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
  const pieces = [
    header + line(0, '1F90', '0A') + line(1, '1F91', '0A').slice(0, 40),
    line(1, '1F91', '0A').slice(40) + line(0, '1F90', '0A'),
  ]
  const listener = (n: number, port: number) => ({ port, address: '127.0.0.1', inode: 1000 + n, queued: 0 })
  expect(listenersOf(() => pieces.shift() ?? '')).toEqual([listener(0, 8080), listener(1, 8081)])
})

test('a thousand listeners are all found', async () => {
  const ports = await Promise.all(
    Array.from({ length: 1000 }, () => {
      const server = createServer()
      servers.push(server)
      return new Promise<number>((resolve) =>
        server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)),
      )
    }),
  )
  const listed = new Set(kit.table.listeners().map((listener) => listener.port))
  expect(ports.filter((port) => !listed.has(port))).toEqual([])
})

test('connections are counted at the port that accepted them, each once, and no others', async () => {
  const server = createServer()
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const count = () => openConnections(new Set([port, 1])).get(port)
  expect(count()).toBe(0)
  const callers = [connect(port, '127.0.0.1'), connect(port, '127.0.0.1')]
  try {
    await until(() => count() === 2, 'both are connected')
    expect(openConnections(new Set([1]))).toEqual(new Map([[1, 0]]))
  } finally {
    for (const caller of callers) caller.destroy()
  }
  await until(() => count() === 0, 'both are closed')
})

test('a line of a connection may be cut anywhere', () => {
  const text = `head\n   0: 0100007F:0050 00000000:0000 0A 0:0 00:0 0 0 0 1 1\n   1: 0100007F:0050 0100007F:9C40 01 0:0\n   2: 0100007F:9C40 0100007F:0050 01 0:0\n`
  for (let cut = 0; cut <= text.length; cut++) {
    const pieces = [text.slice(0, cut), text.slice(cut)].filter((piece) => piece !== '')
    const counts = new Map([[80, 0]])
    countConnections(() => pieces.shift() ?? '', counts)
    expect(counts).toEqual(new Map([[80, 1]]))
  }
})
