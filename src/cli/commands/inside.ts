/** progress, step, result, checkpoint: said by a program inside a process, or from outside with --name. Quiet when all is well. */
import type { Command } from 'commander'
import { isAway, reconnect } from '../../client/log-stream.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { limits } from '../../protocol/limits.ts'
import type { Reply } from '../../protocol/requests.ts'
import type { Speaker } from '../../protocol/tracking.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { patientClient, speakerOf, speaking } from '../input/speaker.ts'
import {
  AMOUNT,
  addProgressOptions,
  addStepOptions,
  type ProgressOptions,
  progressUpdate,
  resultRow,
  type StepOptions,
  stepUpdate,
} from '../input/track-options.ts'

const nameOption = (command: Command, flag = '--name <name>'): Command =>
  command.option(flag, 'report for this process, from outside of it')

const progress: CommandSpec = {
  name: 'progress',
  group: 'inside',
  summary: 'report progress',
  define: (command) => {
    addProgressOptions(nameOption(command.argument('[amount]', AMOUNT)))
    command.addHelpText('after', '\nExamples:\n  ptrack progress 40 -m "parsing"\n  ptrack progress 3/10 --unit files')
    return async (context, [amount], raw) => {
      const options = raw as ProgressOptions & { name?: string }
      const update = progressUpdate(amount, options)
      if (Object.keys(update).length === 0)
        throw new PtrackError('USAGE', 'cannot tell progress: nothing to tell was given', { hint: 'write `ptrack progress 40`' })
      const who = speakerOf(context, 'progress', options.name)
      const view = await speaking(context)('progress', { who, update })
      if (context.json) context.printJson(view)
      return 0
    }
  },
}

const step: CommandSpec = {
  name: 'step',
  group: 'inside',
  summary: 'report a step: start, progress, end',
  define: (command) => {
    // --name is what the step is called, as in the protocol; which process it is of is said by --of.
    addStepOptions(nameOption(command.argument('<id>', 'id of the step; a new id adds a step'), '--of <process>'))
    command.addHelpText(
      'after',
      '\nExamples:\n  ptrack step fetch --name "Fetch the data" --status running\n  ptrack step fetch --status done\n  ptrack step part1 --parent fetch --percent 50',
    )
    return async (context, [id], raw) => {
      const options = raw as StepOptions & { of?: string }
      const who = speakerOf(context, 'step', options.of)
      const view = await speaking(context)('step', { who, step: stepUpdate(id!, options) })
      if (context.json) context.printJson(view)
      return 0
    }
  },
}

/** One row after the other, so that their order is the order of the lines. */
async function resultsFromInput(context: Context, who: Speaker): Promise<void> {
  const say = speaking(context)
  let line = 0
  let added = 0
  for await (const text of context.io.inputLines()) {
    line++
    if (text.trim() === '') continue
    try {
      const reply = await say('result', { who, row: resultRow(text, `line ${line}`) })
      added++
      if (context.json) context.printJson(reply)
    } catch (error) {
      if (!(error instanceof PtrackError) || added === 0) throw error
      const before = `${added} ${added === 1 ? 'row' : 'rows'} before it ${added === 1 ? 'was' : 'were'} added`
      throw new PtrackError(error.code, `${error.message}; ${before}`, { hint: error.hint, details: error.details, cause: error })
    }
  }
}

const result: CommandSpec = {
  name: 'result',
  group: 'inside',
  summary: 'add a row of results',
  define: (command) => {
    nameOption(command.argument('<json>', 'any JSON; - reads one per line from stdin'))
    command.addHelpText('after', '\nExamples:\n  ptrack result \'{"model":"a","accuracy":0.93}\'\n  ./measure | ptrack result -')
    return async (context, [text], options) => {
      const who = speakerOf(context, 'result', options.name as string | undefined)
      const row = text === '-' ? undefined : resultRow(text!, JSON.stringify(text))
      if (text === '-') await resultsFromInput(context, who)
      else {
        const reply = await speaking(context)('result', { who, row })
        if (context.json) context.printJson(reply)
      }
      return 0
    }
  },
}

const CODES = { go: 0, cancel: 1, wait: 3 } as const

/** Through restarts of the daemon: who is paused stays so. `null`: there was none from the start, so nobody asked for anything. */
async function passed(context: Context, who: Speaker, waits: boolean): Promise<Reply<'checkpoint'>['action'] | null> {
  let asked = false
  for (;;) {
    try {
      const client = asked ? (await reconnect(context.connectOnly, () => false))! : await patientClient(context)
      for (;;) {
        const { action } = await client.request('checkpoint', { who, waitMs: waits ? limits.longPollMs : 0 })
        asked = true
        if (action !== 'wait' || !waits) return action
      }
    } catch (error) {
      if (!isAway(error)) throw error
      if (!asked) return null
    }
  }
}

const checkpoint: CommandSpec = {
  name: 'checkpoint',
  group: 'inside',
  summary: 'mark a pause point: wait while paused, exit 1 when asked to end',
  define: (command) => {
    nameOption(command).option('--no-wait', 'exit 3 instead of waiting when asked to pause')
    command.addHelpText('after', '\nExample:\n  for file in *.csv; do ptrack checkpoint || exit; ./work "$file"; done')
    return async (context, _args, options) => {
      const who = speakerOf(context, 'checkpoint', options.name as string | undefined)
      const action = await passed(context, who, options.wait !== false)
      // Work must not end because its supervisor is being mended.
      if (action === null) context.note('the daemon is away; going on')
      if (context.json) context.printJson({ action: action ?? 'go' })
      else if (action === 'cancel') context.note('this is to end: it is being cancelled')
      else if (action === 'wait') context.note('this is to pause')
      return CODES[action ?? 'go']
    }
  },
}

export const inside: readonly CommandSpec[] = [progress, step, result, checkpoint]
