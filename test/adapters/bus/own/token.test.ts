/** Tokens of `fleet invite`, as people copy them. */
import { expect, test } from 'vitest'
import { decodeInvitation, encodeInvitation, type Invitation } from '../../../../src/adapters/bus/own/token.ts'

const INVITATION: Invitation = {
  servers: ['10.0.0.5:4222', '[fd00::5]:4222', 'n1.example.org:4222'],
  authority: Buffer.from('a certificate').toString('base64'),
  role: 'operator',
  founder: 'n1',
  expiresAtMs: 1_790_000_000_000,
  id: `U${'A'.repeat(55)}`,
  userToken: 'eyJ0.eyJ1.c2ln',
  seed: `SU${'B'.repeat(56)}`,
}
const TOKEN = encodeInvitation(INVITATION)

test('is what it was, also broken into lines', () => {
  expect(TOKEN).toMatch(/^ptf1\.[\w.-]+$/)
  expect(decodeInvitation(TOKEN)).toEqual(INVITATION)
  expect(decodeInvitation(`${TOKEN.replace(/.{40}/g, '$&\r\n  ')}\n`)).toEqual(INVITATION)
})

test('cut off anywhere, or changed anywhere, it is refused', () => {
  for (let length = 5; length < TOKEN.length; length++)
    expect(() => decodeInvitation(TOKEN.slice(0, length))).toThrow(`the token is not whole (${length} characters came)`)
  for (let at = 5; at < TOKEN.length; at++) {
    const changed = `${TOKEN.slice(0, at)}${TOKEN[at] === 'x' ? 'y' : 'x'}${TOKEN.slice(at + 1)}`
    expect(() => decodeInvitation(changed)).toThrow('the token is not whole')
  }
})

test.each([
  ['', 'this is no token'],
  ['nonsense', 'this is no token'],
  ['ptf2.abc', 'the token is of another version of ptrack'],
  ['ptrk_abc', 'this is no token'],
])('%j: %s', (text, words) => {
  expect(() => decodeInvitation(text)).toThrow(words)
})
