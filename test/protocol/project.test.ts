/** Names of projects: which can be one, which directory gets which, and the parts of a full name. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FullName, ProjectName } from '../../src/protocol/definition.ts'
import { badProjectName, fullName, isFullName, namesOf, otherProjectName, projectNameOf } from '../../src/protocol/project.ts'

test.each(['shop', 'a', '2024', 'my.shop', 'my-shop_2', `${'x'.repeat(64)}`])('%s can be a project', (name) => {
  expect(badProjectName(name)).toBeNull()
  expect(ProjectName.safeParse(name).success).toBe(true)
})

test.each(['', 'none', 'all', '.', '..', 'a/b', 'a b', 'ä', 'web.json', 'web.log', 'web.meta', 'x'.repeat(65), 'a\n'])(
  '%j cannot',
  (name) => {
    expect(badProjectName(name)).toEqual(expect.any(String))
    expect(ProjectName.safeParse(name).success).toBe(false)
    expect(FullName.safeParse(`${name}/web`).success).toBe(false)
    expect(isFullName(`${name}/web`)).toBe(false)
  },
)

test.each([
  ['shop', 'shop'],
  ['Meine Läden', 'Meine-L-den'],
  ['app.json', 'app.json-'],
  ['none', 'none-'],
  ['', 'root'],
  ['...', 'root'],
])('the directory %j is the project %s', (directory, project) => {
  expect(projectNameOf(directory)).toBe(project)
})

test('whatever a directory is called, it has a project, and so has another of that name', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (directory, path) => {
      const name = projectNameOf(directory)
      expect(badProjectName(name)).toBeNull()
      expect(badProjectName(otherProjectName(name, path))).toBeNull()
      expect(otherProjectName(name, path)).toBe(otherProjectName(name, path))
    }),
  )
})

test('the parts of a full name', () => {
  expect(namesOf('shop/web:0')).toEqual({ name: 'web:0', project: 'shop', fullName: 'shop/web:0' })
  expect(namesOf('web')).toEqual({ name: 'web', project: null, fullName: 'web' })
  expect(fullName('shop', 'web')).toBe('shop/web')
  expect(fullName(null, 'web')).toBe('web')
})

test.each(['shop/web', 'web', 'shop/web:0', '2024/web'])('%s is a name', (name) => {
  expect([FullName.safeParse(name).success, isFullName(name)]).toEqual([true, true])
})

test.each(['shop/', '/web', 'shop/web/x', 'shop/all', 'shop/12', 'shop/tag:x', '../web', 'shop/..', ''])('%j is none', (name) => {
  expect(FullName.safeParse(name).success).toBe(false)
})
