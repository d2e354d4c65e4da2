/** Names stand in the order in which people count, whatever chance put them in. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { naturalOrder } from '../../src/words/natural-order.ts'
import { runs } from '../support/effort.ts'

test('names in their order', () => {
  const names = [
    '_hidden',
    '2nd',
    '10th',
    'api',
    'Api',
    'api-gateway',
    'api.v2',
    'api:0',
    'api:2',
    'api:10',
    'api2',
    'web',
    'WEB-a',
    'web:7',
    'web:007',
    'web:8',
    'web:99999999999999999998',
    'web:99999999999999999999',
  ]
  expect([...names].reverse().sort(naturalOrder)).toEqual(names)
})

const name = fc.stringMatching(/^[A-Za-z0-9_.@:+-]{1,12}$/)

test('it is an order: total, the same both ways, and one name is equal only to itself', () => {
  fc.assert(
    fc.property(name, name, name, (a, b, c) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(-Math.sign(naturalOrder(b, a)) || 0)
      expect(naturalOrder(a, b) === 0).toBe(a === b)
      if (naturalOrder(a, b) <= 0 && naturalOrder(b, c) <= 0) expect(naturalOrder(a, c)).toBeLessThanOrEqual(0)
    }),
    { numRuns: runs(2000) },
  )
})

test('letters and numbers stand as Intl.Collator puts them', () => {
  const plain = fc.stringMatching(/^[a-z]{1,4}[1-9]{0,3}$/)
  const { compare } = new Intl.Collator('en', { numeric: true })
  fc.assert(
    fc.property(plain, plain, (a, b) => {
      expect(Math.sign(naturalOrder(a, b))).toBe(Math.sign(compare(a, b)))
    }),
  )
})
