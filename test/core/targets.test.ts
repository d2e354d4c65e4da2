import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  asMatched,
  type Candidate,
  type Known,
  knownOf,
  MEANINGS,
  means,
  resolve,
  selectTargets,
} from '../../src/core/targets.ts'
import { isPattern } from '../../src/protocol/patterns.ts'
import { Registry } from '../../src/supervisor/registry.ts'
import { record } from '../adapters/support/state-store.ts'

const candidate = (given: Partial<Candidate> & { name: string }): Candidate => ({
  id: `id-of-${given.name}`,
  number: null,
  tags: [],
  session: null,
  instanceOf: null,
  pids: [],
  ...given,
})
const web0 = candidate({ name: 'web:0', number: 0, instanceOf: 'web', tags: ['front'], pids: [100, 101] })
const web1 = candidate({ name: 'web:1', number: 1, instanceOf: 'web', tags: ['front'], pids: [102] })
const api = candidate({ name: 'api', number: 4, id: 'c0ffee00', tags: ['back', 'front-end'], pids: [200, 3] })
const worker = candidate({ name: 'api-worker', number: 12, pids: [4] })
const all = [web0, web1, api, worker]
const known = knownOf(all)
const namesOf = (target: string): string[] => resolve(target, known).map((each) => each.name)

test.each([
  ['web:1', ['web:1']],
  ['web', ['web:0', 'web:1']],
  ['c0ffee00', ['api']],
  ['c0ffee', []],
  ['0', ['web:0']],
  ['12', ['api-worker']],
  ['012', []],
  ['-1', []],
  ['101', ['web:0']],
  ['3', ['api']],
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
])('%s means %j', (target, names) => {
  expect(namesOf(target)).toEqual(names)
  expect(selectTargets([target], known).missing).toEqual(names.length > 0 ? [] : [target])
})

describe('a word that could mean several things means the strongest of them alone', () => {
  const pid = candidate({ name: 'with-pid', pids: [7] })
  const number = candidate({ name: 'with-number', number: 7 })
  const id = candidate({ name: 'with-id', id: '7' })
  const name = candidate({ name: '7' })
  test.each([
    [[pid, number, id, name], name],
    [[pid, number, id], id],
    [[pid, number], number],
    [[pid], pid],
  ])('%#', (candidates, meant) => {
    expect(resolve('7', knownOf(candidates))).toEqual([meant])
    for (const each of candidates) expect(means('7', each, knownOf(candidates))).toBe(each === meant)
  })
})

test('a process that was started alone and then scaled goes with its instances', () => {
  const plain = candidate({ name: 'web' })
  expect(resolve('web', knownOf([plain, web1]))).toEqual([plain, web1])
})

test('several targets: each process once, in the order in which it is named, and every miss is told', () => {
  const { matched, named, missing } = selectTargets(['none', 'api', 'tag:front', 'web:1', '*', 'nobody'], known)
  expect(matched).toEqual([api, web0, web1, worker])
  expect([...named]).toEqual([api, web1])
  expect(missing).toEqual(['none', 'nobody'])
})

test('one that a pattern matched can be handed on as such', () => {
  const { matched, named } = selectTargets([asMatched('c0ffee00')], known)
  expect(matched).toEqual([api])
  expect([...named]).toEqual([])
  expect(isPattern(asMatched('c0ffee00'))).toBe(true)
  expect(selectTargets([asMatched('gone')], known).missing).toHaveLength(1)
})

test('one that is gone still answers to its name and id', () => {
  const gone = candidate({ name: 'old' })
  expect(means('old', gone, known)).toBe(true)
  expect(means('id-of-old', gone, known)).toBe(true)
  expect(means('o*', gone, known)).toBe(true)
  expect(means('web', gone, known)).toBe(false)
  expect(means('0', gone, known)).toBe(false)
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

describe('of any processes and any target', () => {
  const word = fc.constantFrom('a', 'b', 'a:0', 'a:1', '0', '1', '7', 'tag:x', 'session:dev-1', 'all', 'a*', '?', '[01]')
  const process = fc.record({
    name: fc.constantFrom('a', 'b', 'a:0', 'a:1', '7'),
    id: fc.constantFrom('a', '0', '1', 'x', 'y', 'z'),
    number: fc.constantFrom(null, 0, 1, 7, 8),
    tags: fc.constantFrom<string[]>([], ['x']),
    session: fc.constantFrom(null, 'dev-1'),
    instanceOf: fc.constantFrom(null, 'a', 'b'),
    pids: fc.constantFrom<number[]>([], [0, 1], [7]),
  })

  test('a stream of facts and a selection agree', () => {
    fc.assert(
      fc.property(fc.array(process, { maxLength: 6 }), word, (processes, target) => {
        const some: Known<Candidate> = knownOf(processes)
        const hits = resolve(target, some)
        for (const each of processes) expect(hits.includes(each)).toBe(means(target, each, some))
      }),
    )
  })

  test('the registry finds with its indexes what a look at all finds', () => {
    fc.assert(
      fc.property(fc.uniqueArray(process, { maxLength: 6, selector: ({ name }) => name }), word, (processes, target) => {
        const registry = new Registry()
        processes.forEach(({ name, tags, instanceOf }, n) => {
          const made = record(`id${n}`, { number: n })
          const instance = instanceOf === null ? null : { of: instanceOf, index: n }
          registry.add({ ...made, definition: { ...made.definition, name, tags: [...tags], instance } })
        })
        const plain = knownOf([...registry.all()].map((managed) => registry.candidate(managed)))
        const found = resolve(target, registry).map(({ record: { id } }) => id)
        expect(found.sort()).toEqual(
          resolve(target, plain)
            .map(({ id }) => id)
            .sort(),
        )
        for (const meaning of MEANINGS) expect(registry.has(meaning, target)).toBe(registry.find(meaning, target).length > 0)
      }),
    )
  })
})
