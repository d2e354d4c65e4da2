/** The tokens by which a nats-server knows operator, accounts and users (JWT v2 of NATS), and keys to sign them with. */
import { randomBytes } from 'node:crypto'
import { createAccount, createOperator, createUser, fromSeed, type KeyPair } from '@nats-io/nkeys'
import type { Permissions } from '../../../core/fleet/permissions.ts'

export type { KeyPair }
export { createAccount, createOperator, createUser }

export const seedOf = (key: KeyPair): string => Buffer.from(key.getSeed()).toString('latin1')
export const keyOf = (seed: string): KeyPair => fromSeed(Buffer.from(seed, 'latin1'))

const part = (value: object): string => Buffer.from(JSON.stringify(value), 'utf8').toString('base64url')

interface Claims {
  name: string
  subject: string
  signer: KeyPair
  issuedAtSec: number
  expiresAtSec?: number
  nats: object
}

function encode({ name, subject, signer, issuedAtSec, expiresAtSec, nats }: Claims): string {
  const text = `${part({ typ: 'JWT', alg: 'ed25519-nkey' })}.${part({
    jti: randomBytes(16).toString('hex').toUpperCase(),
    iat: issuedAtSec,
    iss: signer.getPublicKey(),
    name,
    sub: subject,
    ...(expiresAtSec === undefined ? {} : { exp: expiresAtSec }),
    nats: { ...nats, version: 2 },
  })}`
  return `${text}.${Buffer.from(signer.sign(Buffer.from(text, 'latin1'))).toString('base64url')}`
}

const UNLIMITED = { subs: -1, data: -1, payload: -1 }
const ACCOUNT = { ...UNLIMITED, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 }
const JETSTREAM = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 }

export const operatorToken = (operator: KeyPair, systemAccount: string, issuedAtSec: number): string =>
  encode({
    name: 'ptrack',
    subject: operator.getPublicKey(),
    signer: operator,
    issuedAtSec,
    nats: { type: 'operator', system_account: systemAccount },
  })

export const systemAccountToken = (account: string, operator: KeyPair, issuedAtSec: number): string =>
  encode({ name: 'SYS', subject: account, signer: operator, issuedAtSec, nats: { type: 'account', limits: ACCOUNT } })

/** `revoked`: users of the account by public key, out as of tokens that were issued until then (epoch s). */
export const accountToken = (
  account: string,
  operator: KeyPair,
  signingKey: string,
  revoked: Readonly<Record<string, number>>,
  issuedAtSec: number,
): string =>
  encode({
    name: 'FLEET',
    subject: account,
    signer: operator,
    issuedAtSec,
    nats: { type: 'account', limits: { ...ACCOUNT, ...JETSTREAM }, signing_keys: [signingKey], revocations: revoked },
  })

export interface User {
  name: string
  /** Its public key. */
  key: string
  permissions: Permissions | null
  issuedAtSec: number
  expiresAtSec?: number
}

/** `account`: where the signer is a signing key of it, and not the account itself. */
export const userToken = ({ name, key, permissions, ...times }: User, signer: KeyPair, account?: string): string =>
  encode({
    name,
    subject: key,
    signer,
    ...times,
    nats: {
      type: 'user',
      ...UNLIMITED,
      ...(permissions === null ? {} : { pub: { allow: permissions.publish }, sub: { allow: permissions.subscribe } }),
      ...(account === undefined ? {} : { issuer_account: account }),
    },
  })

/** As `nsc` writes them. */
export const credentialsText = (token: string, seed: string): string =>
  `-----BEGIN NATS USER JWT-----\n${token}\n------END NATS USER JWT------\n\n` +
  `-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`
