/** What the build puts in the place of tweetnacl signs as it does. */
import { randomBytes } from 'node:crypto'
import { nkeys } from '@nats-io/transport-node'
import { expect, test } from 'vitest'
import nacl from '../../../src/adapters/bus/nacl.ts'

test('keys and signatures are those of tweetnacl, and each accepts the other', () => {
  for (let n = 0; n < 20; n++) {
    const theirs = nkeys.createUser()
    const seed = (theirs as unknown as { getRawSeed(): Uint8Array }).getRawSeed()
    const ours = nacl.sign.keyPair.fromSeed(seed)
    const message = randomBytes(n * 7)
    const signature = nacl.sign.detached(message, ours.secretKey)
    expect(Buffer.from(signature)).toEqual(Buffer.from(theirs.sign(message)))
    expect(theirs.verify(message, signature)).toBe(true)
    expect(nacl.sign.detached.verify(message, signature, ours.publicKey)).toBe(true)
    expect(nacl.sign.detached.verify(Buffer.from('other'), signature, ours.publicKey)).toBe(false)
  }
  expect(nacl.randomBytes(9)).toHaveLength(9)
})
