/** Expressions over lines: what matches, and how long one may take. */
import { expect, test } from 'vitest'
import { createMatcher } from '../../../src/adapters/logs/match.ts'

const ENDLESS = `${'a'.repeat(40)}!`
const LIMIT_MS = 50

test('each line by itself', async () => {
  const matcher = await createMatcher('^b')
  expect(matcher(['a', 'b', 'ab'])).toEqual([false, true, false])
})

test('an expression that cannot be read is refused', async () => {
  await expect(createMatcher('(')).rejects.toMatchObject({ code: 'USAGE' })
})

test.each([
  ['that had the processor is not tried again', 1000],
  ['that other programs kept from the processor is tried once more', 0],
])('one %s, and refused', async (_, cpuOfATryMs) => {
  let asks = 0
  const matcher = await createMatcher('(a+)+$', LIMIT_MS, () => cpuOfATryMs * asks++)
  const beganMs = performance.now()
  expect(() => matcher([ENDLESS])).toThrow(`the expression took over ${LIMIT_MS} ms`)
  // A second try has three times as long.
  if (cpuOfATryMs === 0) expect(performance.now() - beganMs).toBeGreaterThanOrEqual(4 * LIMIT_MS)
  // The next line is searched as ever.
  expect(matcher(['a'])).toEqual([true])
})
