/** track.end: its program reports how it ended. */
import { redact } from '../../core/redact.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { Params } from '../../protocol/requests.ts'
import type { ProcessView } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { nameOf } from '../registry.ts'
import { saved } from './shared/saved.ts'
import { runOf, speakerOf } from './shared/speaker.ts'

/** The end is published after its last results are on disk. */
const END_MS = 10_000

export async function trackEnd(supervisor: Supervisor, params: Params<'track.end'>): Promise<ProcessView> {
  const managed = speakerOf(supervisor, params.who)
  const { definition, tracked } = managed.record
  if (definition.kind !== 'external')
    throw new PtrackError('USAGE', `cannot end ${nameOf(managed)}: ptrack started it itself, and sees how it ends`, {
      hint: `\`ptrack cancel ${nameOf(managed)}\` ends it`,
    })
  const run = tracked.runNumber
  // Masked before it reaches state, history and events, which people read.
  const error = params.error === undefined ? null : redact(params.error)
  supervisor.submit(managed, { kind: 'externalEnded', run, outcome: params.outcome, error })
  await supervisor.waiters.until(managed, (each) => runOf(each) === null, END_MS)
  await saved(supervisor)
  return supervisor.views.of(managed)
}
