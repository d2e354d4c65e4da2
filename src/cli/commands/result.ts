/** result: a row of results from inside a process, or from outside with --name; or one per line of stdin. */
import { PtrackError } from '../../protocol/errors.ts'
import type { Speaker } from '../../protocol/tracking.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { speakerOf, speaking } from '../input/speaker.ts'
import { nameOption, resultRow } from '../input/track-options.ts'

/** One after the other, to keep the order of the lines. */
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

export const result: CommandSpec = {
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
