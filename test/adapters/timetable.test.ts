import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createTimetable } from '../../src/adapters/timetable.ts'

const timetable = createTimetable(() => Date.parse('2026-11-22T12:00:00Z'))

let zone: string | undefined
beforeAll(() => {
  zone = process.env.TZ
  process.env.TZ = 'Europe/Berlin'
})
afterAll(() => {
  if (zone === undefined) delete process.env.TZ
  else process.env.TZ = zone
})

async function next(expression: string, from: string, count: number): Promise<string[]> {
  const times = await timetable.read(expression)
  const found: string[] = []
  for (let at = times.after(Date.parse(from)); at !== null && found.length < count; at = times.after(at))
    found.push(new Date(at).toISOString().replace('.000Z', 'Z'))
  return found
}

describe('the next times, by the clock on the wall', () => {
  test.each([
    ['0 9 * * 1-5', '2026-11-20T12:00:00Z', ['2026-11-23T08:00:00Z', '2026-11-24T08:00:00Z']],
    ['*/15 * * * *', '2026-11-22T12:00:00Z', ['2026-11-22T12:15:00Z', '2026-11-22T12:30:00Z']],
    ['*/20 * * * * *', '2026-11-22T12:00:00Z', ['2026-11-22T12:00:20Z', '2026-11-22T12:00:40Z']],
    ['@daily', '2026-11-22T12:00:00Z', ['2026-11-22T23:00:00Z', '2026-11-23T23:00:00Z']],
    ['0 0 29 2 *', '2026-11-22T12:00:00Z', ['2028-02-28T23:00:00Z', '2032-02-28T23:00:00Z']],
    // 2:30 does not exist on the day the clocks go forward: it comes once, an hour later by the clock.
    ['30 2 * * *', '2026-03-28T12:00:00Z', ['2026-03-29T01:00:00Z', '2026-03-30T00:30:00Z']],
    // ... and exists twice when they go back: once.
    ['30 2 * * *', '2026-10-24T12:00:00Z', ['2026-10-25T00:30:00Z', '2026-10-26T01:30:00Z']],
    // What repeats goes on through both hours.
    ['30 * * * *', '2026-10-25T00:00:00Z', ['2026-10-25T00:30:00Z', '2026-10-25T01:30:00Z', '2026-10-25T02:30:00Z']],
  ])('%s after %s', async (expression, from, expected) => {
    expect(await next(expression, from, expected.length)).toEqual(expected)
  })

  test('is later than the time it is asked about, also in the middle of a second', async () => {
    const times = await timetable.read('* * * * * *')
    expect(times.after(5000)).toBe(6000)
    expect(times.after(5999)).toBe(6000)
  })
})

test.each([
  ['hello', 'it is no list of five or six fields'],
  ['* * * *', 'it is no list of five or six fields'],
  ['* * * * * * 2030', 'it is no list of five or six fields'],
  ['61 * * * *', 'Invalid value for minute: 61'],
  ['* * * * MOO', /./],
  ['@reboot', /./],
  ['2026-11-30T10:00:00', 'it is a date'],
  ['0 0 31 2 *', 'its time never comes'],
])('%s is refused', async (expression, why) => {
  const error = await timetable.read(expression).catch((caught: Error) => caught)
  expect(error).toMatchObject({ code: 'USAGE', hint: expect.stringContaining('five fields') })
  const { message } = error as Error
  expect(message).toMatch(/^cannot (?:read|use) the cron expression '/)
  expect(message.slice(message.indexOf("': ") + 3)).toEqual(typeof why === 'string' ? why : expect.stringMatching(why))
  expect(timetable.known(expression)).toBeNull()
})

test('what was read is known', async () => {
  expect(timetable.known('5 4 * * *')).toBeNull()
  const times = await timetable.read('5 4 * * *')
  expect(timetable.known('5 4 * * *')).toBe(times)
})
