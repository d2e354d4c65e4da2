/** ls: the list of processes. The most frequent command, so it loads only its own column writer. */
import type { Command } from 'commander'
import type { Reader } from '../../client/empty-home.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { STATUSES, type Status } from '../../protocol/names.ts'
import type { Filter } from '../../protocol/requests.ts'
import { withFullName } from '../../words/full-names.ts'
import { SORT_KEYS, type SortKey, sortViews } from '../../words/sort.ts'
import { STATUS_WORDS } from '../../words/states.ts'
import { clean } from '../../words/text.ts'
import type { CommandSpec } from '../command.ts'
import type { Context } from '../context.ts'
import { choice, choiceList, offering } from '../input/parse.ts'
import { COLUMN_KEYS, isColumnKey, renderGroups, renderList } from '../output/render-list.ts'

const STATUS_CHOICES = [...STATUSES, ...Object.keys(STATUS_WORDS)]

export interface FilterOptions {
  all?: boolean
  type?: string
  /** In the words of the protocol or of the list. */
  status?: string[]
  owner?: string
  tag?: string
  session?: string
}

export const addFilterOptions = (command: Command): Command =>
  command
    .argument('[name...]', 'only these: names, ids, numbers, pids, globs, tag:T or session:S')
    .option('-a, --all', 'include jobs that ended more than an hour ago')
    .option('--type <type>', 'only this type')
    .option('--status <status>', 'only these statuses, with commas or repeated', choiceList('--status', STATUS_CHOICES))
    .option('--owner <owner>', 'only of this owner')
    .option('--tag <tag>', 'only with this tag')
    .option('--session <session>', 'only what this session started')

export const filterOf = (targets: string[], options: FilterOptions): Filter => ({
  ...(targets.length > 0 ? { targets } : {}),
  ...(options.all ? { all: true } : {}),
  ...(options.type === undefined ? {} : { type: options.type }),
  ...(options.status === undefined ? {} : { status: options.status.map((word) => STATUS_WORDS[word] ?? (word as Status)) }),
  ...(options.owner === undefined ? {} : { owner: options.owner }),
  ...(options.tag === undefined ? {} : { tag: options.tag }),
  ...(options.session === undefined ? {} : { session: options.session }),
})

const columnList = (text: string): string[] =>
  text.split(',').map((key) => {
    if (!isColumnKey(key))
      throw new PtrackError('USAGE', `cannot read --columns: there is no column ${JSON.stringify(key)}`, {
        hint: `columns: ${COLUMN_KEYS.join(', ')}`,
      })
    return key
  })

export const ls: CommandSpec = {
  name: 'ls',
  aliases: ['ps', 'list', 'status'],
  group: 'looking',
  operands: 'names',
  summary: 'list processes (also: ptrack alone)',
  define: (command) => {
    addFilterOptions(command)
      .option('--sort <key>', `order: ${SORT_KEYS.join(', ')}`, choice('--sort', SORT_KEYS))
      .option('--columns <list>', `which columns, with commas: ${COLUMN_KEYS.join(',')}`, offering(columnList, COLUMN_KEYS, true))
      .option('--fleet', 'of all nodes of the fleet')
      .option('--flat', 'do not group by project; full names')
      .option('-q, --quiet', 'names only, those in a project as PROJECT/NAME')
    return async (context, args, raw) => {
      const options = raw as FilterOptions & {
        sort?: SortKey
        quiet?: boolean
        flat?: boolean
        fleet?: boolean
        columns?: string[]
      }
      if (options.fleet) return (await import('./ls/fleet.ts')).listFleet(context, filterOf(args, options), options)
      const { listed, reader } = await context.asking('list', async (reader) => ({
        listed: context.names.several
          ? context.names.reply(await reader.request('list', filterOf(args, options)))
          : await reader.request('list', filterOf(args, options)),
        reader,
      }))
      const nowMs = Date.now()
      const views = options.sort ? sortViews(listed, options.sort, nowMs) : listed
      if (options.quiet && !context.json) for (const view of views) context.print(view.fullName)
      else if (context.json) context.printJson(options.quiet ? views.map((view) => view.fullName) : views)
      else if (views.length === 0)
        context.note(
          reader.isSomethingLeft?.()
            ? 'no processes, but programs of a home that was removed here still run: `ptrack orphans` lists them'
            : 'no processes; start one with `ptrack start -- COMMAND`',
        )
      else {
        const columns = options.columns ?? context.preferences['ls.columns']
        const how = { style: context.style, width: context.width, nowMs, columns }
        const lines = options.flat ? renderList(views.map(withFullName), how) : renderGroups(views, how)
        context.io.out(`${lines.join('\n')}\n`)
      }
      await showNotices(context, reader)
      return 0
    }
  },
}

/** Rare: a hello without notices costs no request. */
async function showNotices(context: Context, reader: Reader): Promise<void> {
  if (!reader.hello?.notices) return
  const notices = await reader.request('notices.list', {})
  for (const { at, text } of notices) context.note(`${clean(text)} (${at})`)
  await reader.request('notices.seen', { ids: notices.map(({ id }) => id) })
}
