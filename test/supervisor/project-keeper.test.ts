import { expect, test } from 'vitest'
import type { StateStore } from '../../src/core/world.ts'
import { limits } from '../../src/protocol/limits.ts'
import { ProjectKeeper } from '../../src/supervisor/project-keeper.ts'
import { SettingsKeeper } from '../../src/supervisor/settings-keeper.ts'
import { supervisorKit } from './support/supervisor.ts'

function kit(...directories: string[]) {
  const there = new Set(directories)
  const { registry } = supervisorKit()
  const settings = new SettingsKeeper({ putSettings: () => {} } as Partial<StateStore> as StateStore)
  return { keeper: new ProjectKeeper({ isDirectory: (path) => there.has(path) }, settings, registry), there }
}

test('a directory has the project of the nearest one at or above it, the newest of several', () => {
  const { keeper } = kit('/srv/shop', '/srv/shop/docs')
  expect(keeper.at('/srv/shop')).toBeNull()
  keeper.register('shop', '/srv/shop')
  keeper.register('docs', '/srv/shop/docs')
  expect([keeper.at('/srv/shop/src/a'), keeper.at('/srv/shop/docs'), keeper.at('/srv'), keeper.at('/srv/shopper')]).toEqual([
    'shop',
    'docs',
    null,
    null,
  ])
  keeper.register('store', '/srv/shop')
  expect(keeper.at('/srv/shop')).toBe('store')
})

test('another directory does not get the name while the first is there', () => {
  const { keeper, there } = kit('/a/shop', '/b/shop')
  keeper.register('shop', '/a/shop')
  expect(() => keeper.register('shop', '/b/shop')).toThrow(expect.objectContaining({ code: 'DUPLICATE_NAME' }))
  expect(keeper.all).toEqual({ shop: '/a/shop' })
  there.delete('/a/shop')
  keeper.register('shop', '/b/shop')
  expect(keeper.all).toEqual({ shop: '/b/shop' })
})

test('their number is limited; those that are gone and empty make room', () => {
  const paths = Array.from({ length: limits.projects }, (_, index) => `/p/${index}`)
  const { keeper, there } = kit(...paths, '/p/more')
  for (const [index, path] of paths.entries()) keeper.register(`p${index}`, path)
  expect(() => keeper.register('more', '/p/more')).toThrow('cannot add another project')
  there.delete('/p/3')
  keeper.register('more', '/p/more')
  expect([Object.hasOwn(keeper.all, 'p3'), keeper.at('/p/more/x')]).toEqual([false, 'more'])
})
