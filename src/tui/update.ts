/** The reducer: input and answers make the next model, with effects to perform. */
import { commandOf } from './bindings.ts'
import { runCommand } from './commands.ts'
import { feed, sample } from './feed.ts'
import { layoutOf, scrolled } from './layout.ts'
import { addLines, beginLog, searchLog } from './log-update.ts'
import type { Input, Model, Step } from './model.ts'
import { onMouse } from './mouse.ts'
import { orphanTop } from './panels.ts'
import { listed } from './rows.ts'
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
      if (model.details?.id !== input.id) return only(model)
      const { detail, why, error } = input
      // Known facts stay readable while the daemon is away.
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

/** Keeps the selection visible, in the list and among the orphans. */
function keepVisible(model: Model): Model {
  if (model.place !== 'orphans') return keepListVisible(model)
  const top = orphanTop(model, layoutOf(model).body)
  return top === model.orphanTop ? model : { ...model, orphanTop: top }
}

/** Keeps the selection on a listed process, and visible. */
function keepListVisible(model: Model): Model {
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
  return command === null ? only(model) : runCommand(model, command)
}
