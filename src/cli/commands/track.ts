/** track start, update, end: external work, reported by its program or script. */
import { PtrackError } from '../../protocol/errors.ts'
import * as values from '../../protocol/values.ts'
import { statusWords } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import { collect, duration, reading } from '../input/parse.ts'
import { speaking } from '../input/speaker.ts'
import { AMOUNT, addProgressOptions, type ProgressOptions, progressUpdate, resultRow } from '../input/track-options.ts'
import type { TrackOptions } from './track/start.ts'

const start: CommandSpec = {
  name: 'track start',
  group: 'inside',
  summary: 'register work that ptrack did not start, and print its id',
  define: (command) => {
    command
      .argument('<name>', 'name')
      .option(
        '--lease <time>',
        'mark the work as interrupted after this time without an update (default: 60s)',
        duration('--lease'),
      )
      .option('--type <type>', 'label for filters, limits and policies (default: external)')
      .option('--title <text>', 'title for people')
      .option('--description <text>', 'longer text for people')
      .option('--owner <name>', 'owner (default: you)')
      .option(
        '--tag <tag>',
        'tag (repeatable)',
        collect((text) => text),
      )
      .option('--meta, --metadata <k=v>', 'metadata (repeatable)', collect(reading('--meta', values.metadata)))
      .addHelpText(
        'after',
        '\nExample:\n  id=$(ptrack track start import --lease 5m)\n  ptrack track update "$id" 3/10 -m "third file"\n  ptrack track end "$id"',
      )
    return async (context, [name], options) =>
      (await import('./track/start.ts')).trackStart(context, name!, options as TrackOptions)
  },
}

const update: CommandSpec = {
  name: 'track update',
  group: 'inside',
  summary: 'report progress, and print what is requested: go, pause or cancel',
  define: (command) => {
    addProgressOptions(command.argument('<id>', 'the id that `track start` printed, or the name').argument('[amount]', AMOUNT))
      .option('--result <json>', 'add a row of results')
      .addHelpText('after', '\nWithout anything to tell it only says that the work is alive.')
    return async (context, [id, amount], raw) => {
      const options = raw as ProgressOptions & { result?: string }
      const row = options.result === undefined ? {} : { result: resultRow(options.result, '--result') }
      const reply = await speaking(context)('track.update', {
        who: { target: id! },
        update: { ...progressUpdate(amount, options), ...row },
      })
      if (context.json) context.printJson(reply)
      else context.print(reply.wanted)
      return 0
    }
  },
}

const end: CommandSpec = {
  name: 'track end',
  group: 'inside',
  summary: 'report the end of the work (default: done)',
  define: (command) => {
    command
      .argument('<id>', 'the id that `track start` printed, or the name')
      .option('--failed <text>', 'report a failure and its reason')
      .option('--cancelled', 'report a cancellation')
    return async (context, [id], options) => {
      const failed = options.failed as string | undefined
      if (failed !== undefined && options.cancelled)
        throw new PtrackError('USAGE', 'cannot end it as failed and cancelled: it is one of them', { hint: 'leave one out' })
      const view = await speaking(context)('track.end', {
        who: { target: id! },
        outcome: failed !== undefined ? 'failed' : options.cancelled ? 'cancelled' : 'done',
        ...(failed === undefined ? {} : { error: failed }),
      })
      if (context.json) context.printJson(view)
      else context.print(`${clean(view.name)} ${statusWords(view, Date.now())}`)
      return 0
    }
  },
}

export const track: readonly CommandSpec[] = [start, update, end]
