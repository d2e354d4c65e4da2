import fc from 'fast-check'
import { expect, test } from 'vitest'
import { refuseInexact } from '../../src/api/exact-numbers.ts'

test.each([
  '9007199254740993',
  '-9007199254740993',
  '{"a":[1,{"b":12345678901234567890}]}',
  '[0,9007199254740992]',
  '1e999',
  '[-1.5E+400]',
])('%s', (text) => {
  expect(() => refuseInexact(text)).toThrow('beyond 2^53')
})

test.each([
  '9007199254740991',
  '{"a":6.02e23,"b":1e300,"c":0.12345678901234567890,"d":1.7976931348623157E+308}',
  '{"a":"12345678901234567890","12345678901234567890":1,"b":"\\"99999999999999999999"}',
])('%s is as it was', (text) => {
  expect(() => refuseInexact(text)).not.toThrow()
})

test('what JSON.stringify wrote passes, whatever it is, but for integers that are too large', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value)
      const changed = text.replace(/"(?:[^"\\]|\\.)*"/g, '').match(/(?<![\d.e+])-?\d{16,}(?![\d.e])/g) ?? []
      if (changed.every((written) => Number.isSafeInteger(Number(written)))) expect(() => refuseInexact(text)).not.toThrow()
    }),
  )
})

test.each([
  ['digits', '1'.repeat(1_000_000)],
  ['quotes and digits', '"1'.repeat(500_000)],
  ['digits and dots', '1.'.repeat(500_000)],
  ['an endless string', `"${'a1'.repeat(500_000)}`],
  ['exponents', '1e'.repeat(500_000)],
])('a megabyte of %s is looked at in one go', (_what, text) => {
  // Quadratic work would take minutes, which is when the runner gives up.
  try {
    refuseInexact(`${text} 1234567890123456`)
  } catch (error) {
    expect(String(error)).toContain('beyond 2^53')
  }
})
