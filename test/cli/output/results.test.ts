/** What a change prints for one process. */
import { expect, test } from 'vitest'
import { resultLine, type Verb } from '../../../src/cli/output/results.ts'
import type { ProcessView } from '../../../src/protocol/view.ts'
import { view } from '../../support/views.ts'

test.each([
  ['start', { status: 'running', pid: 7 }, null, 'api started (pid 7)'],
  ['start', { status: 'starting', pid: 7 }, null, 'api is starting (pid 7)'],
  // A short job that has ended, of which a child is still to be ended.
  ['start', { status: 'completing', pid: 7, kind: 'job' }, null, 'api started (pid 7)'],
  ['start', { status: 'done', pid: null, kind: 'job' }, null, 'api ran to its end'],
  ['restart', { status: 'completing', pid: 7 }, 'its last run ends first', 'api: its last run ends first (pid 7)'],
  ['stop', { status: 'completing', pid: 7 }, null, 'api is stopping'],
  ['stop', { status: 'stopped', pid: null }, null, 'api stopped'],
  ['cancel', { status: 'stopped', pid: null }, null, 'api stopped'],
  ['stop', { status: 'cancelled', pid: null, kind: 'job' }, null, 'api cancelled'],
  ['pause', { status: 'running', pid: 7 }, null, 'api pauses at its next checkpoint'],
] as [Verb, Partial<ProcessView>, string | null, string][])('%s of %j with the note %s: %s', (verb, over, note, line) => {
  const one = view({ name: 'api', fullName: 'api', ...over })
  expect(
    resultLine(verb, { name: 'api', project: null, fullName: 'api', ok: true, note, view: one, error: null, tail: [] }),
  ).toBe(line)
})
