/** What each command does, whatever key, click or double click it is bound to. */
import { GROUPINGS } from '../words/groups.ts'
import { SORT_KEYS, type SortKey } from '../words/sort.ts'
import { act, ask, confirmed, TYPED_FROM } from './actions.ts'
import type { Command } from './binding.ts'
import { openFleetLine, showFleet } from './fleet.ts'
import { layoutOf } from './layout.ts'
import { jump, scrollLog } from './log-update.ts'
import { ANYWHERE, type Model, type Question, SPANS, type Step } from './model.ts'
import { logHasFocus, move, pageRows } from './move.ts'
import { chosen, groupingOf, listed, needing, selectedRow, viewsOf } from './rows.ts'
import { only, say } from './step.ts'
import { plain } from './text.ts'

/** As many logs as can be read as one. */
export const LOGS_MOST = 50

export function runCommand(model: Model, command: Command): Step {
  switch (command) {
    case 'start':
    case 'restart':
    case 'end':
    case 'hold-run':
    case 'resume':
    case 'cancel':
      return act(model, command)
    case 'seen': {
      const wrong = chosen(model).filter((view) => needing(model).includes(view))
      if (wrong.length === 0) return only(say(model, 'nothing is wrong with it that was not seen'))
      return only({ ...model, marked: new Set() }, { do: 'seen', ids: wrong.map(({ id }) => id) })
    }
    case 'up':
      return only(move(model, -1))
    case 'down':
      return only(move(model, 1))
    case 'page-up':
      return only(move(model, -pageRows(model)))
    case 'page-down':
      return only(move(model, pageRows(model)))
    case 'first':
      return only(move(model, Number.NEGATIVE_INFINITY))
    case 'last':
      return only(move(model, Number.POSITIVE_INFINITY))
    case 'focus':
      return only(layoutOf(model).log === null ? model : { ...model, focus: model.focus === 'list' ? 'log' : 'list' })
    case 'open': {
      const row = selectedRow(model)
      return row !== undefined && row.kind !== 'process' ? only(fold(model)) : openDetails(model, model.selected)
    }
    case 'details':
      return openDetails(model, viewsOf(selectedRow(model))[0]?.id ?? null)
    case 'next-process':
      return neighbour(model, 1)
    case 'previous-process':
      return neighbour(model, -1)
    case 'next-need':
      return nextNeed(model)
    case 'back':
      if (model.place === 'help') return only({ ...model, place: model.helpOf })
      if (model.place === 'fleet' && model.words !== '') return only({ ...model, words: '' })
      if (model.place !== 'list') return only({ ...model, place: 'list', details: null, focus: 'list' })
      return only({ ...model, words: '', marked: new Set(), log: { ...model.log, search: '', found: null }, focus: 'list' })
    case 'filter':
      return only({ ...model, prompt: { kind: 'words', text: model.words } })
    case 'find':
      // Details have no list of their own to look into.
      return only({
        ...model,
        prompt:
          logHasFocus(model) || model.place === 'details' ? { kind: 'search', text: '' } : { kind: 'words', text: model.words },
      })
    case 'next':
    case 'previous':
      return only(jump(model, command === 'next' ? 1 : -1))
    case 'sort':
      return only(sortBy(model, SORT_KEYS[(SORT_KEYS.indexOf(model.sort) + 1) % SORT_KEYS.length]!))
    case 'reverse':
      return only({ ...model, reversed: !model.reversed })
    case 'group': {
      const grouping = GROUPINGS[(GROUPINGS.indexOf(groupingOf(model)) + 1) % GROUPINGS.length]!
      return only(say({ ...model, grouping }, grouping === 'none' ? 'not grouped' : `grouped by ${grouping}`))
    }
    case 'fold':
      return only(fold(model))
    case 'mark':
      return only(mark(model))
    case 'all': {
      const all = model.filter.all !== true
      const words = all ? 'with jobs that ended long ago' : 'without jobs that ended long ago'
      return only(say({ ...model, filter: { ...model.filter, all } }, words))
    }
    case 'log': {
      const modes = model.place === 'list' ? (['shared', 'alone', 'off'] as const) : (['shared', 'off'] as const)
      const logMode = modes[((modes as readonly string[]).indexOf(model.logMode) + 1) % modes.length]!
      return only({ ...model, logMode, focus: logMode === 'alone' ? 'log' : 'list' })
    }
    case 'logs': {
      const views = chosen(model)
      if (views.length === 0) return only(say(model, 'nothing is selected'))
      const logsOf = views.slice(0, LOGS_MOST).map(({ id }) => id)
      const next: Model = { ...model, place: 'logs', logsOf, focus: 'log' }
      return only(views.length > LOGS_MOST ? say(next, `the first ${LOGS_MOST} of ${views.length}; mark fewer for others`) : next)
    }
    case 'wrap': {
      const words = model.log.wrap ? 'long lines are cut' : 'long lines are wrapped'
      return only(say({ ...model, log: { ...model.log, wrap: !model.log.wrap } }, words))
    }
    case 'times':
      return only({ ...model, log: { ...model.log, times: !model.log.times } })
    case 'follow':
      return only(scrollLog(model, model.log.top === null ? 0 : Number.POSITIVE_INFINITY))
    case 'timeline':
      return only({ ...model, place: 'timeline', focus: 'list' })
    case 'longer':
    case 'shorter': {
      const at = SPANS.indexOf(model.timeline.hours) + (command === 'longer' ? 1 : -1)
      return only({ ...model, timeline: { ...model.timeline, hours: SPANS[Math.min(Math.max(0, at), SPANS.length - 1)]! } })
    }
    case 'orphans':
      return only({ ...model, place: 'orphans', orphanSelected: 0, orphanTop: 0 }, { do: 'load-orphans' })
    case 'fleet':
      return showFleet(model)
    case 'visit':
      return openFleetLine(model)
    case 'kill':
    case 'kill-all':
      return kill(model, command === 'kill-all')
    case 'yes':
      return confirmed(model)
    case 'no':
      return only(say({ ...model, confirm: null }, 'nothing was done'))
    case 'help':
      if (model.place === 'help') return only({ ...model, place: model.helpOf })
      return only({ ...model, place: 'help', helpOf: model.place, helpTop: 0 })
    case 'redraw':
      return only(model, { do: 'redraw' })
    case 'suspend':
      return only(model, { do: 'suspend' })
    case 'quit':
      return only(model, { do: 'quit' })
  }
}

/** Again by the same: the other way round. */
export function sortBy(model: Model, sort: SortKey): Model {
  const reversed = sort === model.sort && !model.reversed
  const words = sort === 'status' ? 'worst first' : `by ${sort}`
  return say({ ...model, sort, reversed }, `sorted ${words}${reversed ? ', the other way round' : ''}`)
}

export function openDetails(model: Model, id: string | null): Step {
  if (id === null || !model.views.has(id)) return only(say(model, 'nothing is selected'))
  const known = model.details?.id === id ? { ...model.details, top: 0 } : { id, detail: null, why: null, error: null, top: 0 }
  return only({ ...model, place: 'details', focus: 'list', details: known }, { do: 'load-details', id })
}

function neighbour(model: Model, step: 1 | -1): Step {
  const rows = listed(model)
  for (let index = model.selectedIndex + step; index >= 0 && index < rows.length; index += step) {
    const row = rows[index]!
    if (row.kind === 'process') return openDetails({ ...model, selected: row.key, selectedIndex: index }, row.key)
  }
  return only(say(model, step === 1 ? 'it is the last one' : 'it is the first one'))
}

/** The next of what needs somebody, from the selected one on and around; what hides it is unfolded. */
function nextNeed(model: Model): Step {
  const wrong = needing(model)
  if (wrong.length === 0) return only(say(model, 'nothing needs you'))
  const id = model.place === 'details' ? model.details?.id : model.selected
  const view = wrong[(wrong.findIndex((each) => each.id === id) + 1) % wrong.length]!
  const next = select({ ...model, closed: new Set(), words: '' }, view.id)
  return model.place === 'details' ? openDetails(next, view.id) : only(next)
}

/** Selects the row of this process, or that of its set. */
export function select(model: Model, id: string): Model {
  const set = listed(model).find((row) => row.kind === 'set' && row.folded && row.cell.views.some((view) => view.id === id))
  return {
    ...model,
    selected: id,
    focus: 'list',
    top: ANYWHERE,
    opened: set === undefined ? model.opened : new Set([...model.opened, set.key]),
  }
}

/** The group or the set that is selected, or that what is selected belongs to. */
export function fold(model: Model): Model {
  const rows = listed(model)
  const at = rows.findIndex(({ key }) => key === model.selected)
  const row = rows[at]
  if (row === undefined) return model
  const isChild = row.kind === 'process' && row.child
  const head = rows
    .slice(0, at + 1)
    .findLast(({ kind }) => kind === 'group' || (kind === 'set' && (isChild || row.kind === 'set')))
  if (head === undefined) return say(model, 'there is no group to fold')
  const toggled = (keys: ReadonlySet<string>): ReadonlySet<string> =>
    keys.has(head.key) ? new Set([...keys].filter((key) => key !== head.key)) : new Set([...keys, head.key])
  const next = { ...model, selected: head.key }
  return head.kind === 'group' ? { ...next, closed: toggled(model.closed) } : { ...next, opened: toggled(model.opened) }
}

function mark(model: Model): Model {
  const ids = viewsOf(selectedRow(model)).map(({ id }) => id)
  const marked = new Set(model.marked)
  const all = ids.every((id) => marked.has(id))
  for (const id of ids) all ? marked.delete(id) : marked.add(id)
  return move({ ...model, marked }, 1)
}

function kill(model: Model, all: boolean): Step {
  const one = model.orphans?.[model.orphanSelected]
  const orphans = all ? (model.orphans ?? []) : one ? [one] : []
  if (orphans.length === 0) return only(say(model, 'there is no orphan to end'))
  const question: Question = {
    title: all ? `End all ${orphans.length} orphans?` : `End pid ${orphans[0]!.pid}?`,
    yes: all ? 'end them' : 'end it',
    no: all ? 'leave them' : 'leave it',
    lines: [
      ...(all ? [] : [plain(orphans[0]!.command)]),
      'SIGTERM now, SIGKILL after 1 s, with what was started by it.',
      'Nothing is sent to another program that has the pid by then.',
    ],
    about: null,
    number: orphans.length >= TYPED_FROM ? String(orphans.length) : null,
    typed: '',
    effects: [{ do: 'kill', params: { identities: orphans.map(({ identity }) => identity) } }],
  }
  return ask(model, question)
}
