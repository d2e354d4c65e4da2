import { expect, test } from 'vitest'
import { failureWords } from '../../src/words/status.ts'

test.each([
  ['failed', 'failed'],
  ['timeout', 'timed out'],
  ['interrupted', 'was interrupted'],
  // An older daemon does not say.
  [undefined, 'failed'],
])('a run whose outcome is %s %s', (outcome, words) => {
  expect(failureWords({ outcome: outcome as 'failed' })).toBe(words)
})
