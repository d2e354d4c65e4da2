/** Which keys do something now, and what they are called then: for the footer and the help. */
import { isDown, TAKES } from '../words/takes.ts'
import type { Binding, Command } from './binding.ts'
import { keyWords } from './bindings.ts'
import { BINDINGS } from './key-table.ts'
import { layoutOf } from './layout.ts'
import type { Model } from './model.ts'
import { logHasFocus as inLog } from './move.ts'
import { chosen, listed, needing, selectedRow } from './rows.ts'

const DAEMON: ReadonlySet<Command> = new Set([
  'start',
  'restart',
  'end',
  'hold-run',
  'resume',
  'cancel',
  'seen',
  'kill',
  'kill-all',
])

/** Whether the key would do something, as far as the view knows; a key that would not is refused in words when it is pressed. */
export function applies(model: Model, command: Command): boolean {
  const { place } = model
  // The help is about the place that it was asked for in.
  const of = place === 'help' ? { ...model, place: model.helpOf } : model
  if (DAEMON.has(command) && (model.awaySinceMs !== null || !model.loaded)) return false
  const views = chosen(of)
  switch (command) {
    case 'start':
      return views.some(TAKES.start)
    case 'restart':
      return views.some(TAKES.restart)
    case 'end':
      return views.some((view) => TAKES.stop(view) || TAKES.cancel(view))
    case 'cancel':
      return views.some(TAKES.cancel)
    case 'hold-run':
      return views.some((view) => TAKES.pause(view) || TAKES.resume(view))
    case 'resume':
      return views.some(TAKES.resume)
    case 'seen':
      return views.some((view) => needing(model).includes(view))
    case 'next-need':
      return needing(model).length > 0
    case 'fold':
      return listed(of).some(({ kind }) => kind !== 'process')
    case 'visit':
      return (model.fleet.nodes?.length ?? 0) > 0
    case 'open':
    case 'details':
    case 'mark':
    case 'sort':
    case 'reverse':
    case 'group':
      return model.views.size > 0
    case 'log':
      return of.place === 'list' || layoutOf({ ...of, logMode: 'shared' }).log !== null
    case 'logs':
      return views.length > 1
    case 'focus':
    case 'times':
    case 'wrap':
    case 'follow':
      return layoutOf(of).log !== null && (command !== 'focus' || layoutOf(of).list !== null || of.place === 'details')
    case 'next':
    case 'previous':
      return model.log.search !== '' && layoutOf(of).log !== null
    case 'find':
      return of.place !== 'details' || layoutOf(of).log !== null
    case 'kill':
    case 'kill-all':
      return (model.orphans?.length ?? 0) > 0
    case 'longer':
      return model.timeline.hours !== 168
    case 'shorter':
      return model.timeline.hours !== 1
    case 'back':
      return of.place !== 'list' || model.words !== '' || model.marked.size > 0 || model.log.search !== ''
    default:
      return true
  }
}

/** `cancel` of a job, `restart now` of what is down. */
function wordOf(model: Model, { command, short }: Binding): string {
  const views = chosen(model)
  if (command === 'restart' && views.length === 1 && isDown(views[0]!)) return 'restart now'
  if (command === 'start' && views.length > 0 && views.every(({ kind }) => kind === 'job')) return 'run again'
  if (command === 'end' && views.length > 0 && !views.some(TAKES.stop)) return 'cancel'
  if (command === 'hold-run' && !views.some(TAKES.pause)) return 'resume'
  if (command === 'open') {
    const row = selectedRow(model)
    if (row?.kind === 'group' || row?.kind === 'set') return row.folded ? 'unfold' : 'fold'
  }
  if (command === 'next-need') return `${needing(model).length} need you`.replace(/^1 need /, '1 needs ')
  if (command === 'follow') return model.log.top === null ? 'hold' : 'follow'
  if (command === 'wrap') return model.log.wrap ? 'cut' : 'wrap'
  return short!
}

export interface Key {
  command: Command
  key: string
  word: string
}

/** The keys of the footer, the most useful first. */
export function footerKeys(model: Model): Key[] {
  const place = model.confirm ? 'confirm' : model.place
  return BINDINGS.filter(
    (binding) =>
      binding.short !== undefined &&
      (binding.places.includes(place) || (place !== 'confirm' && inLog(model) && binding.places.includes('log'))) &&
      (place === 'confirm' || applies(model, binding.command)),
  ).map((binding) => ({
    command: binding.command,
    key: keyWords(binding.keys[0]!),
    word: place === 'confirm' ? binding.short! : wordOf(model, binding),
  }))
}

export const helpKeys = (model: Model): readonly Binding[] =>
  BINDINGS.filter(
    ({ places, command }) =>
      (places.includes(model.helpOf) || (places.includes('log') && layoutOf({ ...model, place: model.helpOf }).log !== null)) &&
      applies(model, command),
  )
