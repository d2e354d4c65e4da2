/** `show` leaves out no field that somebody has set. */
import { expect, test } from 'vitest'
import { definitionFacts } from '../../../../src/cli/commands/show/definition-facts.ts'
import { Definition } from '../../../../src/protocol/definition.ts'
import { fields } from '../../../../src/protocol/fields.ts'
import { resolveDefinition } from '../../../../src/protocol/resolve-definition.ts'
import type { ProcessDetail } from '../../../../src/protocol/view.ts'
import { view } from '../../../support/views.ts'

const usual = resolveDefinition(Definition.parse({ name: 'a', kind: 'job', command: ['b'], cwd: '/' }), [], {})
const facts = (changes: object): Record<string, string> =>
  Object.fromEntries(definitionFacts({ ...view({}), definition: { ...usual, ...changes } } as ProcessDetail, 0))

/** Without which the others have no effect. */
const WITH = { retries: 3, maxRestarts: 3, cron: '@daily', health: { kind: 'notify' } }
const CHANGED: Record<string, unknown> = {
  description: 'x',
  title: 'x',
  tags: ['x'],
  command: ['x'],
  cwd: '/x',
  health: { kind: 'tcp', host: '::1', port: 80 },
  restart: 'always',
  okExit: [0, 3],
  noRestartExit: [4],
  leftovers: 'kill',
  stopSignal: 'SIGINT',
  stopScope: 'main',
  retryJitter: false,
  retryOn: ['timeout'],
  after: [{ name: 'x', condition: 'done' }],
  cron: '@hourly',
  cronOverlap: 'queue',
  watchFiles: ['x'],
  hooks: [{ on: ['failed'], run: 'exec:x' }],
  user: 'x',
  group: 'x',
  umask: '077',
  ulimits: { nofile: '9' },
}
test.each(Object.entries(fields()).filter(([, { unshown }]) => !unshown))('%s shows', (field, { value, default: before }) => {
  const changed = CHANGED[field] ?? (value.kind === 'switch' ? !before : 1234)
  expect(facts({ ...WITH, [field]: changed })).not.toEqual(facts(WITH))
})

test('what is as it always is stays out, what was set is told by its own name', () => {
  expect(Object.keys(facts({}))).toEqual(['id', 'kind', 'owner', 'command', 'cwd', 'restart', 'stop', 'timeout', 'logs'])
  const all = { okExit: [0, 3], noRestartExit: [4], readyTimeoutMs: 5000, healthTimeoutMs: 100, recordExit: true, umask: '077' }
  expect(facts({ ...all, cgroup: true })).toMatchObject({
    'ok exit': '0, 3',
    'no restart exit': '4',
    'ready timeout': '5s',
    'health timeout': '100ms',
    'record exit': 'yes',
    umask: '077',
    cgroup: 'yes',
  })
  expect(facts({ health: CHANGED.health })['health check']).toMatch(/^tcp:\[::1\]:80, every/)
})
