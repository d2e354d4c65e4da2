import { describe, expect, test } from 'vitest'
import { formerName, ownerOfFile, ownerOfName } from '../../../src/adapters/logs/names.ts'
import { ProcessName } from '../../../src/protocol/definition.ts'

const ENDINGS = ['out.log', 'err.log', 'out.log.3', 'err.log.12.gz', 'out.log.0', 'out.log.0.new', 'out.log.meta', 'index']

describe('whose file it is', () => {
  test.each(ENDINGS)('NAME.%s belongs to the name, NAME~ID.%s to the id', (ending) => {
    expect(ownerOfFile(`api.${ending}`)).toEqual({ name: 'api', id: null })
    expect(ownerOfFile(`${formerName('api', 'a1b2c3d4e5f6')}.${ending}`)).toEqual({ name: 'api', id: 'a1b2c3d4e5f6' })
  })

  test('half-made files have an owner too', () => {
    expect(ownerOfFile(`api~a1.out.log.${'0'.repeat(32)}.tmp`)).toEqual({ name: 'api', id: 'a1' })
    expect(ownerOfFile('api.index.tmp')).toEqual({ name: 'api', id: null })
  })

  test('names that look like the ending of a file keep their dots', () => {
    expect(ownerOfFile('a.out.log.out.log.1')).toEqual({ name: 'a.out.log', id: null })
    expect(ownerOfFile('web:0~ff.err.log')).toEqual({ name: 'web:0', id: 'ff' })
  })

  test.each(['.probe.00.tmp', 'notes.txt', '~ff.out.log', 'api~.out.log', 'api~F F.out.log', 'all.out.log', 'a b.out.log'])(
    '%s belongs to nobody',
    (file) => expect(ownerOfFile(file)).toBeNull(),
  )
})

test('no process can have a name that stands for the logs of another one', () => {
  expect(ProcessName.safeParse(formerName('api', 'a1')).success).toBe(false)
  expect(ownerOfName('api')).toEqual({ name: 'api', id: null })
})
