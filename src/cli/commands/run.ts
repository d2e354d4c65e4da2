/** run: a job, in the foreground like the program itself, or detached. */
import { constants } from 'node:os'
import type { DefinitionInput } from '../../protocol/definition.ts'
import { PtrackError } from '../../protocol/errors.ts'
import type { ProcessView } from '../../protocol/view.ts'
import { clean } from '../../words/text.ts'
import { timeWords } from '../../words/time.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { afterFields } from '../input/after.ts'
import { addDefinitionOptions, type DefinitionOptions } from '../input/definition-options.ts'
import {
  addEnvOptions,
  addProjectOption,
  captureEnv,
  definitionFor,
  type EnvOptions,
  inProjectOf,
  misplacedOption,
  type ProjectOption,
} from '../input/new-process.ts'
import { forget, submitJob } from '../input/submit-job.ts'
import { printResults } from '../output/results.ts'
import { shellCode } from '../output/shell-code.ts'
import { runInForeground } from './run/foreground.ts'
import { handOnTo } from './run/hand-on.ts'
import { reportEnd } from './run/report-end.ts'

type RunOptions = DefinitionOptions &
  EnvOptions &
  ProjectOption & {
    name?: string
    owner?: string
    detach?: boolean
    fleet?: boolean
    interactive?: boolean
    detachKeys?: string
    replace?: boolean
    rm?: boolean
    progress: boolean
  }

/** Such a job is not retried. */
const couldNotStart = ({ status, error, exitCode, signal }: ProcessView): boolean =>
  status === 'failed' && error !== null && exitCode === null && signal === null

/** Why there is no output yet. */
function reportWaiting(context: Context, view: ProcessView): void {
  if (view.status !== 'pending') return
  const { queuePosition: position, nextRunAt, reason } = view
  const how =
    position !== null
      ? `is queued, position ${position}`
      : typeof nextRunAt === 'string'
        ? `runs at ${timeWords(nextRunAt, Date.now())}`
        : `is ${clean(reason ?? 'pending')}`
  context.note(`${clean(view.name)} ${how}`)
}

async function atTerminal(context: Context, view: ProcessView, { detachKeys, rm }: RunOptions): Promise<number> {
  const { stayAt } = await import('./attach/own-job.ts')
  const ended = await stayAt(context, view, detachKeys)
  if (ended === null) return 0
  if (rm) await forget(context, view.id)
  if (context.json) context.printJson(ended)
  else reportEnd(context, ended)
  return shellCode(ended)
}

export const run: CommandSpec = {
  name: 'run',
  group: 'processes',
  operands: ':command',
  takesCommand: true,
  summary: 'run a job in the foreground, or with -d in the background',
  programFollows: () => true,
  define: (command) => {
    addDefinitionOptions(
      addEnvOptions(
        addProjectOption(command)
          .argument('[command...]', 'a command with its arguments, or a script')
          .option('--name <name>', 'name (default: the base name of the command)')
          .option('--owner <name>', 'owner, for limits and filters (default: you)'),
      ),
    )
      .option('-d, --detach', 'print the name and id, and return')
      .option('--fleet', 'on whichever node of the fleet has room, or with --node on that one')
      .option('--on-lost <policy>', 'with --fleet, when its node is gone: keep = never begin it a second time (default)')
      .option('-i, --interactive', 'as in docker: what is typed is handed on in any case')
      .option('--detach-keys <keys>', 'with --tty: keys that leave it running (default: ctrl-\\)')
      .option('--replace', 'take the name of an ended job, which is deleted; its logs and results stay')
      .option('--rm', 'delete it, with its logs and results, when it has ended')
      .option('--no-progress', 'show no progress bar (there is one on a terminal only)')
      .addHelpText(
        'after',
        '\nIn the foreground its output is yours, and so is its exit code (128+n for signal n, 127 and 126 when it cannot be started).\nCtrl-C sends it SIGINT (or its --stop-signal) and cancels it; what has not ended after --stop-timeout is killed, by a second Ctrl-C at once.\nA pipe or file on stdin is handed on to it, to its end (read once: no retries), and so is what you type.\nWith --tty it has a terminal, and yours shows it: Ctrl-C is its own, Ctrl-\\ leaves it running.\n\nExamples:\n  ptrack run -- make -j4\n  ptrack run -it -- bash\n  ptrack run -d --retries 3 --name backup --replace -- ./backup.sh\n  ptrack run -d --cron "0 3 * * *" --name nightly -- ./nightly.sh',
      )
    return async (context, words, raw, line) => {
      const options = raw as unknown as RunOptions
      if (words.length === 0)
        throw new PtrackError('USAGE', 'cannot run: no command was given', { hint: 'write `ptrack run -- COMMAND`' })
      if (options.fleet) return (await import('./run/in-fleet.ts')).runInFleet(context, words, raw)
      if (typeof options.cron === 'string' && !options.detach)
        throw new PtrackError('USAGE', 'cannot run by the clock in the foreground: it would never be over', { hint: 'add -d' })
      const literal = line.literal.length === words.length
      const misplaced = literal ? null : misplacedOption(words)
      if (misplaced)
        context.note(`${misplaced} stands behind ${words[0]} and goes to the program; put ptrack's options before it`)
      const plain: DefinitionInput = {
        ...definitionFor(context, words, options, literal),
        ...(await afterFields(context, options)),
        kind: 'job',
      }
      const { definition, ...project } = await inProjectOf(context, plain, options)
      const given = context.io.stdinKind()
      const stdin = options.detach || definition.stdin ? 'empty' : given
      const here = definition.tty === true && !options.detach
      if (stdin === 'given' && (here || context.remote !== null))
        throw (await import('./run/refused.ts')).refusedInput(context, definition.name)
      const typed = stdin === 'terminal' && !here ? await (await import('./run/typed-input.ts')).typedInput(context) : null
      const from = { inputFrom: stdin === 'given' ? process.pid : undefined, terminalInputFrom: typed?.from }
      if (options.detach && given === 'given')
        context.note(
          `${clean(definition.name)} reads no input: with -d stdin is not handed on; leave -d out, or let the command read a file`,
        )
      const terminal = here ? (await import('./attach/own-job.ts')).sizeHere() : undefined
      const env = captureEnv(context.io, options)
      const caller = options.detach || context.remote !== null ? undefined : process.pid
      const removal = options.rm && { autoRemove: true, caller }
      const result = await submitJob(context, definition, env, { ...options, ...project }, { ...from, terminal, ...removal })
      if (options.detach) {
        const code = result.view !== null && couldNotStart(result.view) ? shellCode(result.view) : 0
        if (context.json || !result.ok) return Math.max(code, printResults(context, 'start', [result]))
        context.print(`${result.name}${result.view ? ` ${result.view.id}` : ''}`)
        if (result.view) reportWaiting(context, result.view)
        if (code !== 0) reportEnd(context, result.view!)
        return code
      }
      if (!result.ok || result.view === null) return (await import('./run/refused.ts')).refused(context, result)
      reportWaiting(context, result.view)
      if (here) return atTerminal(context, result.view, options)
      const input = stdin === 'given' ? handOnTo(context, result.view) : typed?.handOnTo(result.view)
      const ended = await runInForeground(context, result.view, {
        withBar: options.progress && context.io.stderrIsTty && !context.json,
        interrupt: definition.stopSignal ?? 'SIGINT',
      })
      input?.stop()
      // It would go by itself a moment after this command.
      if (options.rm && ended.blocked === null) await forget(context, result.view.id)
      if (input?.failed()) return 1
      if (ended.blocked !== null) return (await import('./run/refused.ts')).neverBegun(context, ended.view, ended.blocked)
      // The output is this command's data, so with --json the view follows it, as one line.
      if (context.json) context.printJson(ended.view)
      else reportEnd(context, ended.view)
      return ended.interruptedBy === null ? shellCode(ended.view) : 128 + constants.signals[ended.interruptedBy]
    }
  },
}
