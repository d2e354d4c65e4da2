/** What comes in over the wire is refused in our words, whatever is wrong with it. */
import { describe, expect, test } from 'vitest'
import { checkParams } from '../../src/api/check-params.ts'
import { Definition } from '../../src/protocol/definition.ts'
import { PtrackError } from '../../src/protocol/errors.ts'

const base = { name: 'a', command: ['b'], cwd: '/' }
const refusal = (definition: Record<string, unknown>): string => {
  try {
    checkParams('start', { definition: { ...base, ...definition } })
    return ''
  } catch (error) {
    if (error instanceof PtrackError) return error.message
    throw error
  }
}

const long = 'a'.repeat(10_000)
const scalars = [1e300, -1e300, 1e20, 0.5, -1, 0, '', long, '\0', true, null]
const values = [
  ...scalars,
  [],
  {},
  [1],
  [''],
  [[]],
  { a: 1 },
  { kind: 'x' },
  { kind: 'tcp', host: '', port: 1e9 },
  Array(300).fill(5),
  { [long]: 'x' },
]
const ZODS_WORDS = /Too (big|small)|Invalid|[Ee]xpected|received|Unrecognized|[<>]=/

describe('a field of a definition', () => {
  test.each(Object.keys(Definition.shape))('%s', (field) => {
    for (const value of values) {
      const said = refusal({ [field]: value })
      expect(said).not.toMatch(ZODS_WORDS)
      expect(said).not.toMatch(/undefined|NaN|\[object/)
      if (said !== '') expect(said).toMatch(/^cannot start: (unknown fields? )?`definition\./)
      expect(said.length).toBeLessThan(500)
    }
  })

  test.each([
    [{ stopTimeoutMs: 1e300 }, '`definition.stopTimeoutMs` must be at most 366d'],
    [{ healthPeriodMs: 1 }, '`definition.healthPeriodMs` must be at least 100ms'],
    [{ logMaxBytes: 1 }, '`definition.logMaxBytes` must be at least 64 kB'],
    [{ retries: 1e20 }, '`definition.retries` must be at most 1000000'],
    [{ title: long }, '`definition.title` must have at most 200 characters'],
    [{ type: '' }, '`definition.type` must not be empty'],
    [{ command: [] }, '`definition.command` must not be empty'],
    [{ restart: 'x' }, '`definition.restart` must be always or on-failure or never'],
    [{ nice: 'x' }, '`definition.nice` must be a number'],
    [{ ports: ['x'] }, '`definition.ports[0]`: it must be a number or auto'],
    [{ umask: '9' }, '`definition.umask`: umask is octal, such as 022'],
  ])('%j', (changes, words) => {
    expect(refusal(changes)).toBe(`cannot start: ${words}`)
  })
})
