/** What each command does, whatever key (or double click) it is bound to. */
import { SORT_KEYS } from '../words/sort.ts'
import { ACTIONS, type ActionVerb, type Command } from './bindings.ts'
import { layoutOf } from './layout.ts'
import { jump, scrollLog } from './log-update.ts'
import type { Effect, Model, Step } from './model.ts'
import { move, pageRows } from './move.ts'
import { selectedView } from './rows.ts'
import { only, say } from './step.ts'
import { plain } from './text.ts'

const isAction = (command: Command): command is ActionVerb => (ACTIONS as readonly string[]).includes(command)
/** Destructive actions ask first. */
const ASKED: ReadonlySet<ActionVerb> = new Set<ActionVerb>(['stop', 'restart', 'cancel'])

function act(model: Model, verb: ActionVerb): Step {
  const view = selectedView(model)
  if (view === null) return only(say(model, `nothing is selected to ${verb}`))
  const effect: Effect = { do: 'action', verb, id: view.id, name: view.name }
  if (!ASKED.has(verb)) return only(model, effect)
  return only({ ...model, confirm: { question: `${verb} ${plain(view.name)}?`, effect } })
}

export function runCommand(model: Model, command: Command): Step {
  if (isAction(command)) return act(model, command)
  switch (command) {
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
      return only({ ...model, place: 'orphans', orphanSelected: 0, orphanTop: 0 }, { do: 'load-orphans' })
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
