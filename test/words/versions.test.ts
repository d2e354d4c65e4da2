/** A CLI beside a daemon of another version: the older of the two is the one to update. */
import { expect, test } from 'vitest'
import { skewHint } from '../../src/words/versions.ts'

test.each([
  ['0.1.0', '0.2.0', 'daemon restart'],
  ['0.2.0', '0.10.0', 'daemon restart'],
  ['0.10.0', '0.9.9', 'this CLI is the older one'],
  ['1.0.0', '0.9.9', 'this CLI is the older one'],
  ['0.1.0-a', '0.1.0', 'daemon restart'],
])('daemon %s, CLI %s', (daemon, cli, says) => {
  expect(skewHint(daemon, cli)).toContain(says)
})
