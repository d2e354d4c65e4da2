/** track start, update, end: work that ptrack did not start, reported by whoever does it. */
import { formatDuration } from '../../protocol/duration.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { statusWords } from '../../words/status.ts'
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import { collect, duration, metadata } from '../parse.ts'
import { patientClient } from '../speaker.ts'
import { AMOUNT, addProgressOptions, type ProgressOptions, progressUpdate, resultRow } from '../track-options.ts'

const LEASE_MS = 60_000

interface StartOptions {
  type?: string
  title?: string
  description?: string
  owner?: string
  tag?: string[]
  metadata?: [string, unknown][]
  lease?: number
}

const start: CommandSpec = {
  name: 'track start',
  group: 'inside',
  summary: 'list work that ptrack did not start; prints its id',
  define: (command) => {
    command
      .argument('<name>', 'its name')
      .option('--lease <time>', 'without a word for so long it is interrupted (60s)', duration('--lease'))
      .option('--type <type>', 'free text that groups processes (external)')
      .option('--title <text>', 'a title for people')
      .option('--description <text>', 'a longer text for people')
      .option('--owner <name>', 'whom it belongs to (you)')
      .option(
        '--tag <tag>',
        'a named set it belongs to; repeatable',
        collect((text) => text),
      )
      .option('--meta, --metadata <k=v>', 'anything; repeatable', collect(metadata('--meta')))
      .addHelpText(
        'after',
        '\nExample:\n  id=$(ptrack track start import --lease 5m)\n  ptrack track update "$id" 3/10 -m "third file"\n  ptrack track end "$id"',
      )
    return async (context, [name], raw) => {
      const options = raw as StartOptions
      const leaseMs = options.lease ?? LEASE_MS
      const { title, description, type, tag, metadata: facts } = options
      const reply = await context.request('track.start', {
        definition: {
          name: name!,
          kind: 'external',
          ...(title === undefined ? {} : { title }),
          ...(description === undefined ? {} : { description }),
          ...(type === undefined ? {} : { type }),
          ...(tag === undefined ? {} : { tags: tag }),
          ...(facts === undefined ? {} : { metadata: Object.fromEntries(facts) }),
        },
        owner: options.owner,
        leaseMs,
      })
      if (context.json) context.printJson(reply)
      else {
        context.print(reply.id)
        context.note(
          `tell how it goes at least every ${formatDuration(leaseMs)} by \`ptrack track update ${reply.id} 40\`, and the end by \`ptrack track end ${reply.id}\``,
        )
      }
      return 0
    }
  },
}

const update: CommandSpec = {
  name: 'track update',
  group: 'inside',
  summary: 'tell how it goes; prints what is wanted of it: go, pause or cancel',
  define: (command) => {
    addProgressOptions(command.argument('<id>', 'as `track start` printed it, or its name').argument('[amount]', AMOUNT))
      .option('--result <json>', 'a row of its results')
      .addHelpText('after', '\nWithout anything to tell it only says that the work is alive.')
    return async (context, [id, amount], raw) => {
      const options = raw as ProgressOptions & { result?: string }
      const row = options.result === undefined ? {} : { result: resultRow(options.result, '--result') }
      const client = await patientClient(context)
      const reply = await client.request('track.update', {
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
  summary: 'tell that it is over: done, unless said otherwise',
  define: (command) => {
    command
      .argument('<id>', 'as `track start` printed it, or its name')
      .option('--failed <text>', 'it failed, and why')
      .option('--cancelled', 'it was cancelled')
    return async (context, [id], options) => {
      const failed = options.failed as string | undefined
      if (failed !== undefined && options.cancelled)
        throw new PtrackError('USAGE', 'cannot end it as failed and cancelled: it is one of them', { hint: 'leave one out' })
      const client = await patientClient(context)
      const view = await client.request('track.end', {
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
