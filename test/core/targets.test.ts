import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Candidate, isPattern, matchesGlob, matchesTarget, selectTargets } from '../../src/core/targets.ts'

const candidate = (given: Partial<Candidate> & { name: string }): Candidate => ({
  id: `id-of-${given.name}`,
  tags: [],
  instanceOf: null,
  pids: [],
  ...given,
})
const web0 = candidate({ name: 'web:0', instanceOf: 'web', tags: ['front'], pids: [100, 101] })
const web1 = candidate({ name: 'web:1', instanceOf: 'web', tags: ['front'], pids: [102] })
const api = candidate({ name: 'api', id: 'c0ffee00', tags: ['back', 'front-end'], pids: [200] })
const worker = candidate({ name: 'api-worker', pids: [] })
const all = [web0, web1, api, worker]

test.each([
  ['web:1', ['web:1']],
  ['web', ['web:0', 'web:1']],
  ['c0ffee00', ['api']],
  ['c0ffee', []],
  ['101', ['web:0']],
  ['10', []],
  ['tag:front', ['web:0', 'web:1']],
  ['tag:fro*', []],
  ['tag:', []],
  ['api*', ['api', 'api-worker']],
  ['*', ['web:0', 'web:1', 'api', 'api-worker']],
  ['all', ['web:0', 'web:1', 'api', 'api-worker']],
  ['web:[01]', ['web:0', 'web:1']],
  ['web:[!0]', ['web:1']],
  ['web:?', ['web:0', 'web:1']],
  ['API', []],
  ['a.i', []],
])('%s names %j', (target, names) => {
  const { matched, missing } = selectTargets([target], all)
  expect(matched.map((each) => each.name)).toEqual(names)
  expect(missing).toEqual(names.length > 0 ? [] : [target])
})

test('an exact name is not also taken for the id of another', () => {
  const named = candidate({ name: 'c0ffee00' })
  expect(selectTargets(['c0ffee00'], [api, named]).matched).toEqual([named])
})

test('a process that was started alone and then scaled goes with its instances', () => {
  const plain = candidate({ name: 'web' })
  expect(selectTargets(['web'], [plain, web1]).matched).toEqual([plain, web1])
})

test('several targets: each process once, in the order of the list, and every miss is told', () => {
  const { matched, missing } = selectTargets(['none', 'api', 'web', 'tag:front', '*', 'nobody'], all)
  expect(matched).toEqual(all)
  expect(missing).toEqual(['none', 'nobody'])
})

test.each([
  ['all', true],
  ['tag:x', true],
  ['we*', true],
  ['we?', true],
  ['[w]eb', true],
  ['web', false],
  ['web:0', false],
  ['4711', false],
])('isPattern(%s) is %s', (target, expected) => {
  expect(isPattern(target)).toBe(expected)
})

describe('globs', () => {
  test.each([
    ['', '', true],
    ['*', '', true],
    ['?', '', false],
    ['a*', 'a', true],
    ['a*b', 'ab', true],
    ['a*b', 'axxb', true],
    ['a*b', 'axxbc', false],
    ['*a*b*', 'xxaxxbxx', true],
    ['a**b', 'ab', true],
    ['[a-c]', 'b', true],
    ['[a-c]', 'd', false],
    ['[c-a]', 'b', false],
    ['[!a-c]', 'd', true],
    ['[^a-c]', 'a', false],
    ['[a-]', '-', true],
    ['[]a]', 'a', true],
    ['[]a]', ']', true],
    ['[!]a]', ']', false],
    ['[!]a]', 'b', true],
    ['[a', '[a', true],
    ['[', '[', true],
    ['a.c', 'abc', false],
    ['a+', 'a+', true],
    ['(x)', '(x)', true],
    ['\\d', '5', false],
  ])('%j matches %j: %s', (glob, text, expected) => {
    expect(matchesGlob(glob, text)).toBe(expected)
  })

  /** Slow and plain: what the quick one has to agree with. */
  function plainly(glob: string, text: string): boolean {
    if (glob === '') return text === ''
    if (glob[0] === '*') return plainly(glob.slice(1), text) || (text !== '' && plainly(glob, text.slice(1)))
    return text !== '' && (glob[0] === '?' || glob[0] === text[0]) && plainly(glob.slice(1), text.slice(1))
  }
  const letters = (all: string, maxLength: number) => fc.string({ unit: fc.constantFrom(...all), maxLength })

  test('agree with a plain definition', () => {
    fc.assert(
      fc.property(letters('ab*?', 8), letters('abc', 10), (glob, text) => matchesGlob(glob, text) === plainly(glob, text)),
      { numRuns: 2000 },
    )
  })

  test('a name without special characters matches itself alone', () => {
    fc.assert(
      fc.property(letters('ab_.@:+-', 12), letters('ab_.@:+-', 12), (name, other) => {
        const target = candidate({ name: other, id: 'another' })
        return matchesTarget(name, target) === (name === other)
      }),
    )
  })

  test('what anybody may type is answered at once', () => {
    const began = performance.now()
    expect(matchesGlob(`${'*a'.repeat(100)}b`, 'a'.repeat(120))).toBe(false)
    fc.assert(
      fc.property(
        fc.string({ maxLength: 256 }),
        fc.string({ maxLength: 120 }),
        (glob, text) => typeof matchesGlob(glob, text) === 'boolean',
      ),
    )
    // With backtracking the first line alone takes longer than anyone waits.
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})
