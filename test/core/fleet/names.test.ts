import fc from 'fast-check'
import { expect, test } from 'vitest'
import { askerOf, fromToken, isAnswerTo, subjects, toToken } from '../../../src/core/fleet/names.ts'
import { splitAtNode, withoutPassword, wrongBusAddress } from '../../../src/protocol/fleet.ts'
import { ROLES } from '../../../src/protocol/names.ts'
import { anyCharacter } from '../../support/any-character.ts'
import { runs } from '../../support/effort.ts'

const names = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 64 })

test('any name is one token of a subject, and comes back from it', () => {
  fc.assert(
    fc.property(names, (name) => {
      expect(toToken(name)).toMatch(/^[-=\w]+$/)
      expect(fromToken(toToken(name))).toBe(name)
    }),
    { numRuns: runs(1000) },
  )
})

test.each(['', 'a.b', 'a*', '>', '=', '=2', '=zz', '=2e', '=FF', '=41', 'a b'])('%j is no token of ours', (token) => {
  expect(fromToken(token)).toBeNull()
})

test('who asks is read from the subject, whatever the names are', () => {
  fc.assert(
    fc.property(names, names, fc.constantFrom(...ROLES), (node, user, role) => {
      expect(askerOf(subjects.open(node, { role, user }, 'n.1'))).toEqual({ role, user, from: 'n.1' })
      expect(askerOf(subjects.rows({ role, user }, node))).toEqual({ role, user, from: node })
    }),
    { numRuns: runs(300) },
  )
})

test.each([
  'ptf.rpc.n1.owner.n2.me.open',
  'ptf.rpc.n1.admin.n2.me.c.1',
  'ptf.rpc.n1.admin.n2.me.open.more',
  'ptf.rpc.n1.admin.n2..open',
  'ptf.rpc.n1.admin.me.open',
  'ptf.all.rows.admin.me',
  'ptf.all.rows.admin.n2.me.open',
  'ptf.rpc.n1.admin.n2.me',
  'other.rpc.n1.admin.n2.me.open',
])('nobody asks by %s', (subject) => {
  expect(askerOf(subject)).toBeNull()
})

test.each([
  ['web@n2', { target: 'web', node: 'n2' }],
  ['shop/web:0@n2.example.org', { target: 'shop/web:0', node: 'n2.example.org' }],
  ['tag:x@n2', { target: 'tag:x', node: 'n2' }],
  ['me@home@n2', { target: 'me@home', node: 'n2' }],
  ['all@2', { target: 'all', node: '2' }],
  ['web', null],
  ['@n2', null],
  ['web@', null],
  ['web@-x', null],
  ['web@n 2', null],
  [`web@${'n'.repeat(64)}`, null],
])('%s', (word, expected) => {
  expect(splitAtNode(word)).toEqual(expected)
})

test.each([
  ['nats://10.0.0.5:4222', null],
  ['tls://bus.example.org', null],
  ['nats://me:secret@host:4222', null],
  ['http://host', 'it is neither nats: nor tls:'],
  ['host:4222', 'it is neither nats: nor tls:'],
  ['nats', 'it is no URL'],
  ['nats://host/path', 'only scheme, host and port belong to it'],
  ['nats://', 'it names no host'],
])('%s: %s', (address, wrong) => {
  expect(wrongBusAddress(address)).toBe(wrong)
})

test('a password is not shown', () => {
  expect(withoutPassword('nats://me:secret@host:4222')).toBe('nats://host:4222')
})

test.each([
  [subjects.answer('n2', 'n.1', 'abcdefgh1'), true],
  [subjects.answer('n3', 'n.1', 'abcdefgh1'), false],
  [subjects.answer('n2', 'n3', 'abcdefgh1'), false],
  [`${subjects.answer('n2', 'n.1', 'abcdefgh1')}.more`, false],
  [subjects.answer('n2', 'n.1', '*'), false],
  [subjects.answer('n2', 'n.1', ''), false],
  [subjects.kick('n2'), false],
  [subjects.beat('n.1'), false],
  [undefined, false],
])('an answer of n.1 to n2 goes to %s: %s', (subject, may) => {
  expect(isAnswerTo(subject, 'n2', 'n.1')).toBe(may)
})
