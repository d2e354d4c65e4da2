/** Rows of the last attempt, by what each row tells of its run. */
import { expect, test } from 'vitest'
import { LastAttempts } from '../../src/protocol/attempts.ts'

const place = (text: string) => {
  const [run, attempt] = text.split('/')
  return { run: Number(run), attempt: attempt === '-' ? null : Number(attempt) }
}

// run/attempt, in the order in which the rows came.
test.each([
  ['no rows', '', ''],
  ['one attempt', '1/1 1/1', '1/1 1/1'],
  ['a retry', '1/1 1/1 2/2 2/2', '2/2 2/2'],
  ['three attempts, of which the second reported nothing', '1/1 3/3', '3/3'],
  ['a late row of the attempt before', '1/1 2/2 1/1', '2/2'],
  ['a retry that has reported nothing yet', '1/1', '1/1'],
  ['runs that somebody asked for each stand for themselves', '1/1 2/1 3/1', '1/1 2/1 3/1'],
  ['two series', '1/1 2/2 3/1 4/2 5/3 6/1', '2/2 5/3 6/1'],
  ['a series whose first attempt reported nothing', '1/1 3/2 4/3', '1/1 4/3'],
  ['rows from before attempts were kept', '1/- 2/- 3/2 4/3', '1/- 2/- 4/3'],
])('%s', (_what, all, last) => {
  const rows = all.split(' ').filter(Boolean).map(place)
  const known = LastAttempts.of(rows)
  expect(rows.filter((row) => known.has(row))).toEqual(last.split(' ').filter(Boolean).map(place))
})
