/** Three nodes as the daemon of n1 would list them: one is away. */
import type { FleetNode } from '../../../src/protocol/fleet.ts'
import type { FleetRow } from '../../../src/tui/fleet-model.ts'
import type { Input } from '../../../src/tui/model.ts'
import { NOW, view } from '../../support/views.ts'

const ago = (ms: number): string => new Date(NOW - ms).toISOString()
const node = (name: string, over: Partial<FleetNode> = {}): FleetNode => ({
  name,
  id: `id-${name}`,
  state: 'here',
  since: ago(5 * 60_000),
  version: '0.1.0',
  protocol: 1,
  self: false,
  user: 'ann',
  host: name,
  load: 0.42,
  tags: null,
  slots: null,
  used: null,
  lease: null,
  server: null,
  ...over,
})
const row = (on: string, name: string, over: Partial<FleetRow> = {}): FleetRow => ({
  ...view({ id: `${on}-${name}`, name }),
  node: on,
  stale: null,
  fleet: null,
  ...over,
})

export const NODES: Extract<Input, { kind: 'fleet' }> = {
  kind: 'fleet',
  nodes: [node('n1', { self: true }), node('n2'), node('n3', { state: 'away', since: ago(42_000), load: null })],
  rows: [
    row('n1', 'web', { id: 'web' }),
    row('n2', 'api'),
    row('n2', 'broken', { status: 'failed', pid: null, exitCode: 3, reason: 'exit code 3', endedAt: ago(9000) }),
    row('n3', 'db', { stale: { since: ago(42_000) } }),
  ],
  silent: [{ name: 'n3', since: ago(42_000), why: 'it is away' }],
  error: null,
}
