/** reload: replaces instances one by one, so that the others serve; a version that is not healthy is rolled back. */
import { PtrackError } from '../../protocol/errors.ts'
import type { ReloadMode } from '../../protocol/names.ts'
import type { ActionResult, Params } from '../../protocol/requests.ts'
import { listeningCode, socketsNameOf, wrongAddressIn } from '../../protocol/sockets.ts'
import type { ReloadFacts } from '../../protocol/view.ts'
import type { Supervisor } from '../create-supervisor.ts'
import { FAILURE_LINES, lastOutput } from '../last-output.ts'
import { type Managed, nameOf } from '../registry.ts'
import { updateEnv } from './shared/begin.ts'
import { refuseExternal, refuseSpentInput } from './shared/refusals.ts'
import { type RollEnd, roll } from './shared/roll.ts'
import { failure, forEachFitting, select, success } from './shared/select.ts'

const OUTPUT_LINES = 10

interface Rolled {
  end: RollEnd
  members: readonly Managed[]
}

/** Sets one after the other, as the instances of a set; the first failure ends the round. */
export async function reload(supervisor: Supervisor, params: Params<'reload'>): Promise<ActionResult[]> {
  const { matched } = select(supervisor, params.targets)
  const rolls = new Map<string, Promise<Rolled | null>>()
  let last: Promise<boolean> = Promise.resolve(true)
  return forEachFitting('reload', supervisor, params.targets, async (managed) => {
    refuseExternal('reload', managed)
    refuseSpentInput('reload', managed)
    const { definition } = managed.record
    const name = socketsNameOf(definition)
    const mode = modeOf(managed, params.mode)
    let coming = rolls.get(name)
    if (coming === undefined) {
      const members = matched.filter(({ record }) => socketsNameOf(record.definition) === name)
      const update = (): Promise<boolean> => updateEnv(supervisor, managed, params)
      coming = last.then(async (ok) => (ok ? { end: await roll(supervisor, name, members, mode, update), members } : null))
      last = coming.then(
        (rolled) => rolled !== null && rolled.end.why === null,
        () => false,
      )
      rolls.set(name, coming)
    }
    const rolled = await coming
    if (rolled !== null) return answer(supervisor, managed, rolled)
    const error = new PtrackError('FAILED', `cannot reload ${nameOf(managed)}: the one before it did not come back`, {
      hint: 'it was left as it is',
    })
    return failure(supervisor, managed, error)
  })
}

function modeOf(managed: Managed, asked: ReloadMode | undefined): ReloadMode {
  const { definition } = managed.record
  const shares = definition.sockets.length > 0
  const mode = asked ?? definition.reload ?? (shares ? 'overlap' : 'serial')
  if (mode === 'overlap' && !shares)
    throw new PtrackError('USAGE', `cannot reload ${nameOf(managed)} with overlap: it shares no socket`, {
      hint: 'two runs cannot have one port; --socket instead of --port lets them share it',
    })
  return mode
}

async function answer(supervisor: Supervisor, managed: Managed, { end, members }: Rolled): Promise<ActionResult> {
  const facts: ReloadFacts = {
    replaced: end.replaced.has(managed),
    rolledBack: end.rolledBack.has(managed),
    why: end.why,
    servingMs: end.servingMs,
    ms: end.ms,
    cut: end.cut,
  }
  if (end.why === null) {
    const note =
      end.cut === 0
        ? null
        : `reloaded; ${end.cut} ${end.cut === 1 ? 'connection was' : 'connections were'} still open at the end of --drain-timeout`
    return { ...success(supervisor, managed, note), reload: facts }
  }
  if (end.failed === null || managed === end.failed) {
    // Restarted, it was answered like any start.
    if (end.answer !== null && end.rolledBack.size === 0) return { ...end.answer, reload: facts }
    const { run } = supervisor.views.of(managed)
    const output = await lastOutput(supervisor, managed, run, FAILURE_LINES)
    const why = wrongAddressIn(output.join('\n')) ?? end.why
    const error = new PtrackError(
      listeningCode(why) ?? 'FAILED',
      `cannot reload ${nameOf(managed)}: the new version is not healthy: ${why}`,
      { hint: whatServes(end, members) },
    )
    return { ...failure(supervisor, managed, error, output.slice(-OUTPUT_LINES)), reload: facts }
  }
  const error = new PtrackError('FAILED', `cannot reload ${nameOf(managed)}: ${nameOf(end.failed)} did not become healthy`, {
    hint: facts.rolledBack
      ? 'it runs the old version again'
      : facts.replaced
        ? 'it runs the new version'
        : 'it was left as it is',
  })
  return { ...failure(supervisor, managed, error), reload: facts }
}

/** In whose hands the requests are now. */
function whatServes({ replaced }: RollEnd, members: readonly Managed[]): string {
  const old = members.length - replaced.size
  if (replaced.size > 0) return `${replaced.size} new and ${old} old instances serve`
  return old === 1 ? 'the old instance continues to serve' : `the ${old} old instances continue to serve`
}
