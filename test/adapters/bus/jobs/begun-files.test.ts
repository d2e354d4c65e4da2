/** What a node notes of jobs of the fleet that have begun there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { dropUnrecorded, forgetBegun, listBegun, noteBegun } from '../../../../src/adapters/bus/jobs/begun-files.ts'

let home = ''
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ptrack-begun-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const [one, two] = [
  { job: '0123abcd', fence: 7 },
  { job: '0123abcd', fence: 12 },
]

test('each run is noted until it is forgotten; forgetting twice is no error', () => {
  expect(listBegun(home)).toEqual([])
  noteBegun(home, one, 3)
  noteBegun(home, two, 4)
  expect(listBegun(home)).toEqual(expect.arrayContaining([one, two]))
  forgetBegun(home, one)
  forgetBegun(home, one)
  expect(listBegun(home)).toEqual([two])
})

test('after a crash: what was noted for a process that was never recorded has not begun', () => {
  noteBegun(home, one, 3)
  noteBegun(home, two, 4)
  dropUnrecorded(home, 4)
  expect(listBegun(home)).toEqual([one])
})
