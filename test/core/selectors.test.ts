/** What a word, a glob or a path of a request means to whom. */
import { expect, test } from 'vitest'
import { toTarget } from '../../src/core/selectors.ts'
import { matchesGlob } from '../../src/protocol/name-globs.ts'
import { projectOf, shortName } from '../../src/protocol/project.ts'

/** `web` in two projects and without one; `db` in one only; `cron` in two. */
const KNOWN = ['web', 'shop/web', 'shop/worker', 'shop/worker:0', 'shop/cron', 'blog/web', 'blog/cron', 'blog/db', '77']
const names = {
  has: (_: 'name', word: string) => KNOWN.includes(word),
  matches: (glob: string) => KNOWN.some((name) => matchesGlob(glob, name)),
  inProjects: (word: string) => KNOWN.filter((name) => projectOf(name) !== null && shortName(name) === word),
}
const means = (selector: string, project: string | null = null, past = false): string =>
  toTarget(selector, { project, past }, names)

test.each([
  // A name: of the own project, of none, or the only one anywhere.
  ['web', 'shop', 'shop/web'],
  ['web', 'blog', 'blog/web'],
  ['web', 'other', 'web'],
  ['web', null, 'web'],
  ['db', null, 'blog/db'],
  ['db', 'shop', 'blog/db'],
  ['worker', null, 'shop/worker'],
  ['cron', 'shop', 'shop/cron'],
  ['shop/cron', 'blog', 'shop/cron'],
  ['shop/gone', null, 'shop/gone'],
  // What is no name stays: an id, a number, a pid, or what is not there.
  ['77', 'shop', '77'],
  ['78', 'shop', '78'],
  ['a1b2c3d4e5f6', 'shop', 'a1b2c3d4e5f6'],
  ['gone', 'shop', 'gone'],
  // Patterns.
  ['w*', 'shop', 'shop/w*'],
  ['w*', null, 'w*'],
  ['we*', 'other', 'we*'],
  ['[wc]*', 'blog', 'blog/[wc]*'],
  ['*/web', 'shop', '*/web'],
  ['blog/*', 'shop', 'blog/*'],
  ['blog/', 'shop', 'blog/*'],
  ['.', 'shop', 'shop/*'],
  ['all', 'shop', 'all'],
  ['tag:x*', 'shop', 'tag:x*'],
])('%s in %s is %s', (selector, project, target) => {
  expect(means(selector, project)).toBe(target)
})

test('several are refused with all their names', () => {
  expect(() => means('cron')).toThrow(
    expect.objectContaining({
      code: 'AMBIGUOUS',
      message: 'cannot tell which cron is meant: there are blog/cron, shop/cron',
      details: { target: 'cron', candidates: ['blog/cron', 'shop/cron'] },
    }),
  )
})

test('a dot outside of any project is not found', () => {
  expect(() => means('.')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }))
})

test('of the past, a name that is gone is one of the own project; an id is not', () => {
  expect(means('gone', 'shop', true)).toBe('shop/gone')
  expect(means('gone', null, true)).toBe('gone')
  expect(means('a1b2c3d4e5f6', 'shop', true)).toBe('a1b2c3d4e5f6')
  expect(means('12', 'shop', true)).toBe('12')
})
