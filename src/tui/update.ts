/** The reducer: input and answers make the next model, with effects to perform. */
import { informed, typeNumber } from './actions.ts'
import { commandOf } from './bindings.ts'
import { runCommand } from './commands.ts'
import { feed, sample } from './feed.ts'
import { atNode, fleetIndex, fleetLines, tookFleet } from './fleet.ts'
import { type Box, layoutOf, scrolled } from './layout.ts'
import { addLines, beginLog, searchLog } from './log-update.ts'
import { ANYWHERE, type Input, type Model, type Step } from './model.ts'
import { onMouse } from './mouse.ts'
import { logHasFocus } from './move.ts'
import { orphanTop } from './panels/orphans.ts'
import { timelineRows } from './panels/timeline.ts'
import { listed, needing } from './rows.ts'
import { only, say } from './step.ts'
import { plain } from './text.ts'

/** More than anybody types into a line. */
const PROMPT_MAX = 200

export function update(before: Model, input: Input): Step {
  const [model, effects] = step(before, input)
  return [keepVisible(model), effects]
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
      const { id, detail, why, error } = input
      const told = detail === null ? model : informed(model, detail)
      // What is asked for by a question, or of a selection that has moved on, is not shown.
      const before =
        model.details?.id === id
          ? model.details
          : model.place === 'list' && id === model.selected
            ? { id, detail: null, why: null, error, top: 0 }
            : null
      if (before === null) return only(told)
      // Known facts stay readable while the daemon is away.
      return only({ ...told, details: { ...before, detail: detail ?? before.detail, why: why ?? before.why, error } })
    }
    case 'orphans': {
      const last = Math.max(0, input.orphans.length - 1)
      return only({
        ...model,
        orphans: input.orphans,
        orphansAtMs: model.nowMs,
        orphanSelected: Math.min(model.orphanSelected, last),
      })
    }
    case 'strips':
      return only({ ...model, strips: new Map([...model.strips, ...input.strips.map(({ id, runs }) => [id, runs] as const)]) })
    case 'daemon':
      return only({ ...model, daemon: input.status })
    case 'load':
      return only({ ...model, load: input.load })
    case 'timeline': {
      if (input.hours !== model.timeline.hours) return only(model)
      return only({ ...model, timeline: { ...model.timeline, view: input.view ?? model.timeline.view, error: input.error } })
    }
    case 'fleet':
      return only(tookFleet(model, input))
    case 'not-visited':
      return only(say({ ...atNode(model, null, null), place: 'fleet' }, input.why, true), { do: 'visit', node: null })
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

/** Keeps the selection visible, in whatever list is shown. */
function keepVisible(model: Model): Model {
  if (model.place === 'fleet') return keepFleetVisible(model)
  if (model.place !== 'orphans') return keepListVisible(model)
  const top = orphanTop(model, layoutOf(model).body.inner)
  return top === model.orphanTop ? model : { ...model, orphanTop: top }
}

function keepFleetVisible(model: Model): Model {
  const lines = fleetLines(model)
  const index = fleetIndex(model)
  const selected = lines[index]?.key ?? null
  const top = scrolled(model.fleet.top, index, Math.max(1, layoutOf(model).body.inner.height), lines.length)
  const { fleet } = model
  return selected === fleet.selected && top === fleet.top ? model : { ...model, fleet: { ...fleet, selected, top } }
}

/** Where rows of processes are drawn. */
const rowsBox = (model: Model): Box | null =>
  model.place === 'timeline' ? timelineRows(layoutOf(model).body.inner) : layoutOf(model).rows

/** Keeps the selection on a listed row, and visible. */
function keepListVisible(model: Model): Model {
  // Of another node's process it is known before the node has answered.
  if (!model.loaded) return model
  const rows = listed(model)
  const kept = rows[model.selectedIndex]?.key === model.selected ? model.selectedIndex : -1
  const found = kept >= 0 ? kept : rows.findIndex(({ key }) => key === model.selected)
  // At first what needs somebody most, else the first process, not the head of its group.
  const worst = model.selected === null ? rows.findIndex(({ key }) => key === needing(model)[0]?.id) : -1
  const first = model.selected !== null ? -1 : worst >= 0 ? worst : rows.findIndex(({ kind }) => kind !== 'group')
  const index = found >= 0 ? found : first >= 0 ? first : Math.min(model.selectedIndex, rows.length - 1)
  const selected = rows[index]?.key ?? null
  const height = rowsBox(model)?.height ?? 1
  const from = model.top === ANYWHERE ? Math.max(0, index - Math.floor(height / 3)) : model.top
  const top = scrolled(from, Math.max(0, index), Math.max(1, height), rows.length)
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
  if (model.confirm?.number && (/^\d$/.test(key) || key === 'enter' || key === 'backspace')) return typeNumber(model, key)
  const command = commandOf(key, model.confirm ? 'confirm' : model.place, model.confirm === null && logHasFocus(model))
  return command === null ? only(model) : runCommand(model, command)
}
