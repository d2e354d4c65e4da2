import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { bound, freePort } from '../../src/adapters/free-port.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const listen = (port: number, host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject)
    servers.push(server)
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port))
  })

test('a hundred at once: each can be bound, and none is one that outgoing connections take', async () => {
  const [from] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'latin1').split(/\s+/).map(Number)
  const ports = await Promise.all(Array.from({ length: 100 }, freePort))
  expect(ports.filter((port) => port < 20_000 || port >= from!)).toEqual([])
  // At random, so that two daemons seldom choose the same.
  expect(new Set(ports).size).toBeGreaterThan(90)
  for (const port of new Set(ports)) expect(await listen(port, '127.0.0.1')).toBe(port)
})

test.each(['127.0.0.1', '::1', '0.0.0.0', '::'])('what a server on %s holds is not given', async (host) => {
  const port = await freePort()
  expect(await bound(port)).toBe(port)
  await listen(port, host)
  expect(await bound(port)).toBeNull()
})
