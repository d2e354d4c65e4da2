/** The reducer: what was told, typed or asked makes the next model, and says what the outside is to do. */
import { SORT_KEYS } from '../words/sort.ts'
import { ACTIONS, type ActionVerb, type Command, commandOf } from './bindings.ts'
import { feed, sample } from './feed.ts'
import { layoutOf, scrolled } from './layout.ts'
import { addLines, beginLog, jump, scrollLog, searchLog } from './log-update.ts'
import type { Effect, Input, Model, Step } from './model.ts'
import { onMouse } from './mouse.ts'
import { listed, selectedView } from './rows.ts'
import { plain } from './text.ts'

/** A notice goes by itself; an error stays until the next key, and at most so long. */
const NOTICE_MS = 5000
const ERROR_MS = 60_000
/** Nobody types more into a line. */
const PROMPT_MAX = 200

const only = (model: Model, ...effects: Effect[]): Step => [model, effects]
const say = (model: Model, text: string, bad = false): Model => ({
  ...model,
  notice: { text: plain(text), bad, untilMs: model.nowMs + (bad ? ERROR_MS : NOTICE_MS) },
})

export function update(before: Model, input: Input): Step {
  const [model, effects] = step(before, input)
  return [settled(model), effects]
}

function step(model: Model, input: Input): Step {
  switch (input.kind) {
    case 'tick': {
      const over = model.notice !== null && input.nowMs >= model.notice.untilMs
      return only(sample({ ...model, nowMs: input.nowMs, notice: over ? null : model.notice }))
    }
    case 'resize':
      return only({ ...model, columns: input.columns, rows: input.rows })
    case 'feed':
      return feed(model, input.item)
    case 'log-begins':
      return only({ ...model, log: beginLog(model.log, input.id) })
    case 'log':
      return only(input.id === model.log.id ? { ...model, log: addLines(model.log, input.lines, model.theme) } : model)
    case 'log-notice': {
      if (input.id !== model.log.id) return only(model)
      const notice = input.text === null ? null : plain(input.text)
      return only({ ...model, log: { ...model.log, notice, ready: true } })
    }
    case 'details': {
      if (model.details?.id !== input.id) return only(model)
      const { detail, why, error } = input
      // What was known stays readable while the daemon is away.
      return only({
        ...model,
        details: { ...model.details, detail: detail ?? model.details.detail, why: why ?? model.details.why, error },
      })
    }
    case 'orphans': {
      const last = Math.max(0, input.orphans.length - 1)
      return only({ ...model, orphans: input.orphans, orphanSelected: Math.min(model.orphanSelected, last) })
    }
    case 'said':
      return only(say(model, input.text, input.bad))
    case 'paste':
      return model.prompt === null ? only(model) : only(typed(model, plain(input.text)))
    case 'mouse':
      return onMouse(model, input)
    case 'key': {
      const quiet = { ...model, notice: null }
      return model.prompt === null ? onKey(quiet, input.key) : onPromptKey(quiet, input.key)
    }
  }
}

/** Keeps the selection on a process that is listed, and in sight. */
function settled(model: Model): Model {
  const rows = listed(model)
  const found = rows.findIndex((view) => view.id === model.selected)
  const index = found >= 0 ? found : Math.min(model.selectedIndex, rows.length - 1)
  const selected = rows[index]?.id ?? null
  const height = (layoutOf(model).list?.height ?? 1) - 1
  const top = scrolled(model.top, Math.max(0, index), Math.max(1, height), rows.length)
  const same = selected === model.selected && top === model.top && Math.max(0, index) === model.selectedIndex
  return same ? model : { ...model, selected, selectedIndex: Math.max(0, index), top }
}

function typed(model: Model, text: string): Model {
  const prompt = { ...model.prompt!, text: (model.prompt!.text + text).slice(0, PROMPT_MAX) }
  return prompted({ ...model, prompt })
}
/** The list follows each letter; a search waits for Enter. */
const prompted = (model: Model): Model =>
  model.prompt?.kind === 'words' ? { ...model, words: model.prompt.text, top: 0 } : model

function onPromptKey(model: Model, key: string): Step {
  const { kind, text } = model.prompt!
  if (key === 'ctrl-c') return only(model, { do: 'quit' })
  if (key === 'ctrl-z') return only(model, { do: 'suspend' })
  if (key === 'escape') return only({ ...model, prompt: null, words: kind === 'words' ? '' : model.words })
  if (key === 'enter') {
    const closed = { ...model, prompt: null }
    return kind === 'words' ? only(closed) : only(searchLog(closed, text))
  }
  if (key === 'backspace') return only(prompted({ ...model, prompt: { kind, text: [...text].slice(0, -1).join('') } }))
  if (key === 'ctrl-u') return only(prompted({ ...model, prompt: { kind, text: '' } }))
  if (key === 'space') return only(typed(model, ' '))
  // Names of keys are longer than any letter.
  return only([...key].length === 1 ? typed(model, plain(key)) : model)
}

function onKey(model: Model, key: string): Step {
  const command = commandOf(key, model.confirm ? 'confirm' : model.place)
  return command === null ? only(model) : run(model, command)
}

const isAction = (command: Command): command is ActionVerb => (ACTIONS as readonly string[]).includes(command)
/** What takes something away from somebody is asked for first. */
const ASKED: ReadonlySet<ActionVerb> = new Set<ActionVerb>(['stop', 'restart', 'cancel'])

function act(model: Model, verb: ActionVerb): Step {
  const view = selectedView(model)
  if (view === null) return only(say(model, `nothing is selected to ${verb}`))
  const effect: Effect = { do: 'action', verb, id: view.id, name: view.name }
  if (!ASKED.has(verb)) return only(model, effect)
  return only({ ...model, confirm: { question: `${verb} ${plain(view.name)}?`, effect } })
}

export function run(model: Model, command: Command): Step {
  if (isAction(command)) return act(model, command)
  switch (command) {
    case 'up':
      return only(move(model, -1))
    case 'down':
      return only(move(model, 1))
    case 'page-up':
      return only(move(model, -page(model)))
    case 'page-down':
      return only(move(model, page(model)))
    case 'first':
      return only(move(model, Number.NEGATIVE_INFINITY))
    case 'last':
      return only(move(model, Number.POSITIVE_INFINITY))
    case 'focus':
      return only(layoutOf(model).log === null ? model : { ...model, focus: model.focus === 'list' ? 'log' : 'list' })
    case 'details': {
      const id = model.selected
      if (id === null) return only(say(model, 'nothing is selected'))
      return only(
        { ...model, place: 'details', details: { id, detail: null, why: null, error: null, top: 0 } },
        { do: 'load-details', id },
      )
    }
    case 'back':
      if (model.place !== 'list') return only({ ...model, place: 'list', details: null })
      return only({ ...model, words: '', log: { ...model.log, search: '', found: null }, focus: 'list' })
    case 'filter':
      return only({ ...model, prompt: { kind: 'words', text: model.words } })
    case 'search':
      return only({ ...model, prompt: { kind: 'search', text: '' }, logMode: model.logMode === 'off' ? 'shared' : model.logMode })
    case 'next':
    case 'previous':
      return only(jump(model, command === 'next' ? 1 : -1))
    case 'sort': {
      const sort = SORT_KEYS[(SORT_KEYS.indexOf(model.sort) + 1) % SORT_KEYS.length]!
      return only(say({ ...model, sort }, `sorted by ${sort}`))
    }
    case 'all': {
      const all = model.filter.all !== true
      return only(
        say(
          { ...model, filter: { ...model.filter, all } },
          all ? 'with jobs that ended long ago' : 'without jobs that ended long ago',
        ),
      )
    }
    case 'log': {
      const logMode = model.logMode === 'shared' ? 'alone' : model.logMode === 'alone' ? 'off' : 'shared'
      return only({ ...model, logMode, focus: logMode === 'alone' ? 'log' : 'list' })
    }
    case 'wrap':
      return only(
        say(
          { ...model, log: { ...model.log, wrap: !model.log.wrap } },
          model.log.wrap ? 'long lines are cut' : 'long lines are wrapped',
        ),
      )
    case 'hold':
      return only(scrollLog(model, model.log.top === null ? 0 : Number.POSITIVE_INFINITY))
    case 'orphans':
      return only({ ...model, place: 'orphans', orphanSelected: 0 }, { do: 'load-orphans' })
    case 'kill': {
      const orphan = model.orphans?.[model.orphanSelected]
      if (!orphan) return only(say(model, 'there is no orphan to end'))
      const effect: Effect = { do: 'kill', params: { identities: [orphan.identity] } }
      return only({ ...model, confirm: { question: `end pid ${orphan.pid} (${plain(orphan.command)})?`, effect } })
    }
    case 'kill-all': {
      const identities = (model.orphans ?? []).map((orphan) => orphan.identity)
      if (identities.length === 0) return only(say(model, 'there is no orphan to end'))
      return only({
        ...model,
        confirm: { question: `end all ${identities.length} orphans?`, effect: { do: 'kill', params: { identities } } },
      })
    }
    case 'yes':
      return model.confirm === null ? only(model) : only({ ...model, confirm: null }, model.confirm.effect)
    case 'no':
      return only(say({ ...model, confirm: null }, 'nothing was done'))
    case 'help':
      return only({ ...model, place: model.place === 'help' ? 'list' : 'help', helpTop: 0 })
    case 'redraw':
      return only(model, { do: 'redraw' })
    case 'suspend':
      return only(model, { do: 'suspend' })
    case 'quit':
      return only(model, { do: 'quit' })
  }
}

const page = (model: Model): number => {
  const { list, log, body } = layoutOf(model)
  const box = model.place === 'list' ? (logHasFocus(model) ? log : list) : body
  return Math.max(1, (box?.height ?? 2) - 2)
}

const logHasFocus = (model: Model): boolean => {
  const { list, log } = layoutOf(model)
  return log !== null && (list === null || model.focus === 'log')
}

/** By so many rows, in whatever has the focus. */
export function move(model: Model, by: number): Model {
  const within = (at: number, count: number): number => Math.min(Math.max(0, at + by), Math.max(0, count - 1))
  // `draw` knows how long the text is, and shows no more than its end.
  if (model.place === 'help') return { ...model, helpTop: Math.min(Math.max(0, model.helpTop + by), 1000) }
  if (model.place === 'details') {
    const details = model.details!
    return { ...model, details: { ...details, top: Math.min(Math.max(0, details.top + by), 10_000) } }
  }
  if (model.place === 'orphans') return { ...model, orphanSelected: within(model.orphanSelected, model.orphans?.length ?? 0) }
  if (logHasFocus(model)) return scrollLog(model, by)
  const rows = listed(model)
  const index = within(model.selectedIndex, rows.length)
  return { ...model, selectedIndex: index, selected: rows[index]?.id ?? null }
}
