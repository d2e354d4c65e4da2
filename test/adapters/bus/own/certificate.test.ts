/** The certificates of a fleet, as OpenSSL (in Node) reads them and as a TLS connection takes them. */
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { fromPem, makeCertificates, SERVER_NAME, toPem } from '../../../../src/adapters/bus/own/certificate.ts'

const made = makeCertificates('n1', ['10.0.0.5', 'bus.example.org', 'fd00::5:1', '::'])
const [server, authority] = [new X509Certificate(made.server), new X509Certificate(made.authority)]

test('an authority that signs one server, for all its names and for ever', () => {
  expect(authority.subject).toBe('CN=ptrack fleet n1')
  expect([authority.ca, server.ca]).toEqual([true, false])
  expect(authority.verify(authority.publicKey)).toBe(true)
  expect([server.verify(authority.publicKey), server.checkIssued(authority)]).toEqual([true, true])
  expect(server.checkHost(SERVER_NAME)).toBe(SERVER_NAME)
  expect(server.checkHost('bus.example.org')).toBe('bus.example.org')
  for (const address of ['127.0.0.1', '10.0.0.5', '::1', 'fd00::5:1', '::']) expect(server.checkIP(address)).toBe(address)
  expect(server.checkHost('other.example.org')).toBeUndefined()
  // Machines whose clock has begun anew, and fleets that are old.
  expect([server.validFrom, server.validTo]).toEqual(['Jan  1 00:00:00 2020 GMT', 'Dec 31 23:59:59 9999 GMT'])
  expect(server.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  expect(toPem(fromPem(made.authority))).toBe(made.authority)
})

test('no two are the same', () => {
  const other = new X509Certificate(makeCertificates('n1', []).server)
  expect(other.serialNumber).not.toBe(server.serialNumber)
  expect(other.verify(authority.publicKey)).toBe(false)
})

async function handshake(ca: string): Promise<TLSSocket> {
  const listener = createServer({ cert: made.server, key: made.serverKey }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const { port } = listener.address() as { port: number }
  const socket = connect({ port, host: '127.0.0.1', ca, servername: SERVER_NAME })
  try {
    await once(socket, 'secureConnect')
    return socket
  } finally {
    socket.destroy()
    listener.close()
  }
}

test('TLS takes them by the name of the server, and by no other authority', async () => {
  expect((await handshake(made.authority)).authorized).toBe(true)
  await expect(handshake(makeCertificates('n1', []).authority)).rejects.toThrow(/certificate|signature/)
})
