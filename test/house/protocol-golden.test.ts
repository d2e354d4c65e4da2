/**
 * The wire as text: every change of a request, event, notification or error code shows as a diff in review.
 * A change that an older side would misread needs a higher PROTOCOL_VERSION too.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ERROR_CODES } from '../../src/protocol/errors.ts'
import { EVENT_TYPES, HEALTHS, KINDS, ORPHAN_KINDS, STATUSES } from '../../src/protocol/names.ts'
import { type Notifications, requests } from '../../src/protocol/requests.ts'
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts'

/** Complete by the compiler: a notification that is missing here, or no longer exists, does not compile. */
const NOTIFICATIONS = Object.keys({ event: 0, views: 0, lagged: 0, logs: 0, heartbeat: 0, stopping: 0 } satisfies Record<
  keyof Notifications,
  0
>)

const goldenFile = join(import.meta.dirname, 'protocol.golden.json')

test('the wire is as the golden file says', () => {
  const wire = {
    protocol: PROTOCOL_VERSION,
    requests: Object.fromEntries(
      Object.entries(requests).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input' })]),
    ),
    notifications: NOTIFICATIONS,
    events: EVENT_TYPES,
    statuses: STATUSES,
    kinds: KINDS,
    healths: HEALTHS,
    orphanKinds: ORPHAN_KINDS,
    errors: ERROR_CODES,
  }
  if (process.env.UPDATE_GOLDEN === '1') writeFileSync(goldenFile, `${JSON.stringify(wire, null, 2)}\n`)
  // Through JSON on both sides: how the file is formatted does not matter, the order of its keys does.
  const golden = JSON.stringify(JSON.parse(readFileSync(goldenFile, 'utf8')), null, 2)
  expect(
    JSON.stringify(wire, null, 2),
    'the wire has changed; if that is meant: UPDATE_GOLDEN=1 npx vitest run test/house/protocol-golden.test.ts',
  ).toBe(golden)
})
