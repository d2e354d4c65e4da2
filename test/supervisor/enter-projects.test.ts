/** A home that meets projects for the first time: what moves where, the same for the same state. */
import { expect, test } from 'vitest'
import type { ProcessRecord } from '../../src/core/world.ts'
import { FILE_KEY } from '../../src/protocol/file-key.ts'
import { noSettings, type Settings } from '../../src/protocol/settings.ts'
import { enterProjects } from '../../src/supervisor/enter-projects.ts'

interface Kept {
  file?: string
  after?: string[]
  of?: string
}
const record = (name: string, { file, after = [], of }: Kept = {}): ProcessRecord =>
  ({
    id: name,
    definition: {
      name,
      metadata: file === undefined ? {} : { [FILE_KEY]: { file, cleanEnv: false } },
      after: after.map((each) => ({ name: each, condition: 'healthy' })),
      instance: of === undefined ? null : { of, index: Number(name.split(':')[1]) },
    },
  }) as unknown as ProcessRecord
const settings = (more: Partial<Settings> = {}): Settings => ({ ...noSettings(), ...more })
const enter = (records: ProcessRecord[], more: Partial<Settings> = {}) => enterProjects({ records, settings: settings(more) })
const namesIn = (records: readonly ProcessRecord[]): string[] => records.map(({ definition }) => definition.name)

test('what a file brought moves, what somebody started stays, and whoever waits follows', () => {
  const {
    records,
    settings: entered,
    names,
  } = enter([
    record('web', { file: '/srv/shop/ptrack.yaml', after: ['db', 'alone'] }),
    record('db', { file: '/srv/shop/ptrack.yaml' }),
    record('alone', { after: ['web'] }),
  ])
  expect(namesIn(records)).toEqual(['shop/web', 'shop/db', 'alone'])
  expect(records.map(({ definition }) => definition.after.map(({ name }) => name))).toEqual([
    ['shop/db', 'alone'],
    [],
    ['shop/web'],
  ])
  expect(entered.projects).toEqual({ shop: '/srv/shop' })
  expect([...names]).toEqual([
    ['web', 'shop/web'],
    ['db', 'shop/db'],
  ])
})

test('a set of instances moves as one, with what is kept by its name', () => {
  const sockets = { web: { at: 'the sockets of web' }, other: { at: 'others' } } as unknown as NonNullable<Settings['sockets']>
  const {
    records,
    settings: entered,
    names,
  } = enter(
    [0, 1].map((index) => record(`web:${index}`, { file: '/srv/shop/ptrack.yaml', of: 'web' })),
    { sockets },
  )
  expect(records.map(({ definition }) => [definition.name, definition.instance?.of])).toEqual([
    ['shop/web:0', 'shop/web'],
    ['shop/web:1', 'shop/web'],
  ])
  expect(entered.sockets).toEqual({ 'shop/web': { at: 'the sockets of web' }, other: { at: 'others' } })
  expect(names.get('web')).toBe('shop/web')
})

test('two directories of one name get different projects, the same ones every time', () => {
  const both = [record('a', { file: '/one/app/ptrack.yaml' }), record('b', { file: '/two/app/ptrack.yaml' })]
  const { settings: entered, records } = enter(both)
  expect(namesIn(records)).toEqual(['app/a', expect.stringMatching(/^app-[0-9a-f]{4}\/b$/)])
  expect(Object.values(entered.projects!)).toEqual(['/one/app', '/two/app'])
  expect(enter(both)).toEqual(enter(both))
})

test('a label that names no file, and a home that has projects already, change nothing', () => {
  const strange = record('a')
  strange.definition.metadata[FILE_KEY] = { file: 7 }
  expect(namesIn(enter([strange]).records)).toEqual(['a'])
  const known = { records: [record('web', { file: '/srv/shop/ptrack.yaml' })], settings: settings({ projects: {} }) }
  expect(enterProjects(known)).toEqual({ ...known, names: new Map() })
})
