import { expect, test } from 'vitest'
import { maskedCommand } from '../../src/core/masked-command.ts'

test.each([
  ['start --env KEY=s3cret --name web', 'start --env KEY=*** --name web'],
  ['start --env=KEY=s3cret -e B=x', 'start --env=KEY=*** -e B=***'],
  ['context use a --url http://h --token abc', 'context use a --url http://h --token ***'],
  ['context use a --token=abc', 'context use a --token=***'],
  // A program's own words mean what it wants; shapes of secrets are masked all the same.
  ['run -- deploy --env prod', 'run -- deploy --env prod'],
  ['run -- x ghp_0123456789012345678901234567890123456789', 'run -- x ghp_***'],
  ['fleet join ptf1.abc.def --name n2', 'fleet join ptf1.*** --name n2'],
  // What is typed may be a password.
  ['send repl hunter2', 'send repl ***'],
  ['--home /h send repl --raw hunter2', '--home /h send repl --raw ***'],
  ['send repl -- --hunter2', 'send repl -- ***'],
  ['run -- mail send ann hello', 'run -- mail send ann hello'],
])('%s', (given, kept) => {
  expect(maskedCommand(given.split(' ')).join(' ')).toBe(kept)
})

test('a long one is cut, since every process that it defined keeps it', () => {
  const kept = maskedCommand(['start', '--', 'x'.repeat(5000), 'y'])
  expect(kept.slice(0, 2)).toEqual(['start', '--'])
  expect(kept).toHaveLength(3)
  expect(kept.join(' ').length).toBeLessThanOrEqual(1001)
})
