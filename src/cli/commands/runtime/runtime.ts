/** runtime: starts the daemon and the processes, stays with them, and ends as they do. */
import { PtrackError } from '../../../protocol/errors.ts'
import { VERSION } from '../../../protocol/version.ts'
import type { CommandLine } from '../../command.ts'
import type { Context } from '../../context.ts'
import { listenerOf } from '../daemon/listener.ts'
import { running } from '../daemon/running.ts'
import { Attendance } from './attendance.ts'
import { bringUpAll } from './bring-up-all.ts'
import type { Verdict } from './exit-rule.ts'
import { chooseHome } from './home.ts'
import { COMMAND_LINE, inputOf } from './input.ts'
import { refuseBetween } from './no-log-files.ts'
import type { RuntimeOptions } from './options.ts'
import { noteIn } from './output.ts'
import { Signals } from './signals.ts'
import { stopEverything } from './stop-everything.ts'

/** Below the 10 s after which docker kills. */
const GRACE_MS = 8000
/** After a second signal, as a shell says it of SIGKILL. */
const KILLED = 137

export async function runtime(
  outer: Context,
  words: readonly string[],
  options: RuntimeOptions,
  line: CommandLine,
): Promise<number> {
  // Before anything slow: SIGTERM would end Node, and SIGUSR1 open its inspector.
  const signals = new Signals(outer.io)
  const wanted = await inputOf(outer, words, options, line)
  const names = wanted.processes.map(({ definition }) => definition.name)
  const forward = options.forward ?? (names.length === 1 ? names[0]! : null)
  if (options.forward !== undefined && !names.includes(options.forward))
    throw new PtrackError('USAGE', `cannot forward signals to ${options.forward}: ${wanted.file} has no process of that name`, {
      hint: `it has ${names.join(', ')}`,
    })
  const listener = listenerOf(options)
  const home = chooseHome(outer, options.home)
  const alone = wanted.processes.length === 1 && wanted.processes[0]!.instances === 1
  if (!options.logFiles) refuseBetween(options)
  const format = options.logFormat ?? (alone || !options.logFiles ? 'plain' : 'prefix')
  const inHome = outer.inHome(home)
  const context: Context = { ...inHome, note: (text) => outer.io.err(noteIn(format, text)) }
  const other = await running(context)
  if (other !== null)
    throw new PtrackError('FAILED', `cannot run here: a daemon already runs for ${home} (pid ${other.hello.pid})`, {
      hint: 'choose another home with PTRACK_HOME, or end it with `ptrack daemon stop --kill-children`',
    })
  const env = { PTRACK_HTTP: 'off', ...listener, PTRACK_RUNTIME: String(process.pid) }
  const attendance = new Attendance(context, { rule: options.exitOn, format: { format, alone }, env })
  const stop = (): Promise<void> =>
    stopEverything({ context, attendance, env, graceMs: options.grace ?? GRACE_MS, asked: signals.first, again: signals.second })
  try {
    if (signals.stopped !== null) return 0
    await attendance.begin()
    const what = names.length === 1 ? names[0] : `${names.length} processes`
    context.note(
      `version ${VERSION} runs ${what}${wanted.file === COMMAND_LINE ? '' : ` of ${wanted.file}`}; its home is ${home}`,
    )
    if (process.pid === 1)
      context.note('Node as PID 1 reaps no orphan: start this by `ptrack-init`, or add `--init` to `docker run`')
    signals.listen({ forward, attendance, note: context.note })
    // Its failures are reported, and the rule of the exit sees them.
    void bringUpAll(context, wanted, () => signals.stopped !== null)
      .then(() => attendance.complete())
      .catch((error: unknown) => attendance.fail(error))
    const end = await Promise.race([attendance.verdict, signals.first])
    if (typeof end === 'string') context.note(`${end}: stops everything`)
    else context.note(`ends with ${end.code}: ${end.why}`)
    await stop()
    return codeOf(end, signals)
  } finally {
    attendance.close()
    context.close()
    signals.close()
  }
}

function codeOf(end: Verdict | NodeJS.Signals, { count }: Signals): number {
  if (typeof end !== 'string') return end.code
  return count > 1 ? KILLED : 0
}
