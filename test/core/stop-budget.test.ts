import { expect, test } from 'vitest'
import { stopDepths, stopShareMs } from '../../src/core/stop-budget.ts'

const node = (name: string, ...after: string[]) => ({ name, group: null, after })
const depthsOf = (...all: ReturnType<typeof node>[]) =>
  Object.fromEntries([...stopDepths(all)].map(([{ name }, depth]) => [name, depth]))

test('the depth of a stop is the longest chain of dependencies that end after it', () => {
  expect(depthsOf(node('db'), node('web', 'db'), node('proxy', 'web', 'db'), node('cron'))).toEqual({
    db: 1,
    web: 2,
    proxy: 3,
    cron: 1,
  })
  // What is not to be stopped takes no time.
  expect(depthsOf(node('web', 'db'))).toEqual({ web: 1 })
})

test('a stop timeout is cut to its share of what is left, and never made longer', () => {
  expect(stopShareMs(10_000, 7200, 1)).toBe(7200)
  expect(stopShareMs(10_000, 7200, 3)).toBe(2400)
  expect(stopShareMs(500, 7200, 3)).toBe(500)
  expect(stopShareMs(10_000, -20, 1)).toBe(0)
})
