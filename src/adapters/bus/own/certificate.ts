/** The certificates of a fleet's bus: one authority, which signs that of its server and nothing else. Both are ECDSA on P-256. */
import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { isIP, isIPv6 } from 'node:net'
import { bits, explicit, implicit, integer, octets, oid, sequence, set, TRUE, time, utf8 } from './der.ts'

/** Clients ask for this name, so that the server may be reached by any address. */
export const SERVER_NAME = 'ptrack-fleet'

/** Clocks of machines without one begin in the past, and nothing secret depends on the beginning. */
const FROM_MS = Date.UTC(2020, 0, 1)
/** As RFC 5280 writes "never": a fleet does not end by itself. */
const UNTIL_MS = Date.UTC(9999, 11, 31, 23, 59, 59)

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'))
const USAGE = { sign: 0b0000_0100, digitalSignature: 0b1000_0000 } as const

const named = (name: string): Buffer => sequence(set(sequence(oid('2.5.4.3'), utf8(name))))

const extension = (id: string, critical: boolean, value: Uint8Array): Buffer =>
  sequence(oid(id), ...(critical ? [TRUE] : []), octets(value))

/** The number of unused bits is that of the zeros at the end. */
const keyUsage = (usage: number): Buffer =>
  extension('2.5.29.15', true, bits(Buffer.from([usage]), 31 - Math.clz32(usage & -usage)))

function subjectNames(names: readonly string[]): Buffer {
  const each = names.map((name) =>
    isIP(name) === 0 ? implicit(2, Buffer.from(name, 'latin1')) : implicit(7, addressBytes(name)),
  )
  return extension('2.5.29.17', false, sequence(...each))
}

function addressBytes(address: string): Buffer {
  if (!isIPv6(address)) return Buffer.from(address.split('.').map(Number))
  const [left, right] = address.split('::') as [string, string?]
  const groups = (part: string | undefined): number[] => (part ? part.split(':').map((hex) => Number.parseInt(hex, 16)) : [])
  const [before, after] = [groups(left), groups(right)]
  const all = [...before, ...new Array<number>(8 - before.length - after.length).fill(0), ...after]
  return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]))
}

function certificate(
  subject: string,
  key: KeyObject,
  signer: { name: string; key: KeyObject },
  extensions: readonly Uint8Array[],
): Buffer {
  const serial = randomBytes(16)
  serial[0] = (serial[0]! & 0x7f) | 0x40
  const body = sequence(
    explicit(0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_SHA256,
    named(signer.name),
    sequence(time(FROM_MS), time(UNTIL_MS)),
    named(subject),
    createPublicKey(key).export({ format: 'der', type: 'spki' }),
    explicit(3, sequence(...extensions)),
  )
  return sequence(body, ECDSA_SHA256, bits(sign('sha256', body, signer.key)))
}

const newKey = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'prime256v1' }).privateKey
const keyPem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }) as string

export interface Certificates {
  /** PEM, all of them. The key of the authority is not kept: it signs this one server. */
  authority: string
  server: string
  serverKey: string
}

/** `names`: addresses and host names of the server, for programs that ask for these. */
export function makeCertificates(fleet: string, names: readonly string[]): Certificates {
  const [authorityKey, serverKey] = [newKey(), newKey()]
  const signer = { name: `ptrack fleet ${fleet}`, key: authorityKey }
  const authority = certificate(signer.name, authorityKey, signer, [
    extension('2.5.29.19', true, sequence(TRUE)),
    keyUsage(USAGE.sign),
  ])
  const server = certificate(SERVER_NAME, serverKey, signer, [
    extension('2.5.29.19', true, sequence()),
    keyUsage(USAGE.digitalSignature),
    extension('2.5.29.37', false, sequence(oid('1.3.6.1.5.5.7.3.1'))),
    subjectNames([...new Set([SERVER_NAME, 'localhost', '127.0.0.1', '::1', ...names])]),
  ])
  return { authority: toPem(authority), server: toPem(server), serverKey: keyPem(serverKey) }
}

export const toPem = (der: Uint8Array): string =>
  `-----BEGIN CERTIFICATE-----\n${Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')}-----END CERTIFICATE-----\n`

export const fromPem = (pem: string): Buffer => Buffer.from(pem.replace(/-----[^-]*-----|\s/g, ''), 'base64')
