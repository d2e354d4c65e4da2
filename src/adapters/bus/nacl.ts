/** What the bus's library asks of tweetnacl to sign a server's challenge, by Node's own ed25519. The build puts it in the place of that. */
import { createPrivateKey, createPublicKey, type KeyObject, randomBytes, sign, verify } from 'node:crypto'

/** What precedes the bytes of a key in DER. */
const PRIVATE = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC = Buffer.from('302a300506032b6570032100', 'hex')
const KEY_BYTES = 32

const privateKey = (seed: Uint8Array): KeyObject =>
  createPrivateKey({ key: Buffer.concat([PRIVATE, seed]), format: 'der', type: 'pkcs8' })

function fromSeed(seed: Uint8Array): { publicKey: Uint8Array; secretKey: Uint8Array } {
  const publicKey = createPublicKey(privateKey(seed)).export({ format: 'der', type: 'spki' }).subarray(-KEY_BYTES)
  return { publicKey: new Uint8Array(publicKey), secretKey: new Uint8Array(Buffer.concat([seed, publicKey])) }
}

const detached = (message: Uint8Array, secretKey: Uint8Array): Uint8Array =>
  new Uint8Array(sign(null, message, privateKey(secretKey.subarray(0, KEY_BYTES))))

const verified = (message: Uint8Array, signature: Uint8Array, publicKey: Uint8Array): boolean =>
  verify(null, message, createPublicKey({ key: Buffer.concat([PUBLIC, publicKey]), format: 'der', type: 'spki' }), signature)

export default {
  sign: { keyPair: { fromSeed }, detached: Object.assign(detached, { verify: verified }) },
  randomBytes: (count: number): Uint8Array => new Uint8Array(randomBytes(count)),
}
