/** What the keys do to processes: which of the chosen ones take it, and what is asked before. */
import type { ProcessDetail, ProcessView } from '../protocol/view.ts'
import { counted } from '../words/short.ts'
import { isDown, TAKES } from '../words/takes.ts'
import type { ActionVerb } from './binding.ts'
import type { Effect, Model, Question, Step } from './model.ts'
import { chosen } from './rows.ts'
import { only, say } from './step.ts'
import { plain } from './text.ts'

/** More than these are acted on after their number was typed. */
export const TYPED_FROM = 6
const ASKED: ReadonlySet<ActionVerb> = new Set<ActionVerb>(['stop', 'restart', 'cancel'])

const effectOf = (verb: ActionVerb, views: readonly ProcessView[]): Effect => ({
  do: 'action',
  verb,
  ids: views.map(({ id }) => id),
  name: views.length === 1 ? views[0]!.name : counted(views.length, 'process', 'processes'),
})

/** What a key means for this process. */
export type Wish = 'start' | 'restart' | 'end' | 'hold-run' | 'resume' | 'cancel'

function verbOf(wish: Wish, view: ProcessView): ActionVerb {
  if (wish === 'end') return view.kind === 'service' ? 'stop' : 'cancel'
  if (wish === 'hold-run') return TAKES.resume(view) ? 'resume' : 'pause'
  return wish
}

const PLANS: Partial<Record<ActionVerb, { title: string; no: string }>> = {
  stop: { title: 'Stop', no: 'keep it running' },
  restart: { title: 'Restart', no: 'leave it as it is' },
  cancel: { title: 'Cancel', no: 'let it go on' },
}

export function act(model: Model, wish: Wish): Step {
  const views = chosen(model)
  if (views.length === 0) return only(say(model, `nothing is selected to ${wish === 'end' ? 'stop' : wish}`))
  // Of several, those that it makes no sense for are left alone; of one the daemon says why it cannot.
  const fitting = views.length === 1 ? views : views.filter((view) => TAKES[verbOf(wish, view)](view))
  if (fitting.length === 0) return only(say(model, `none of the ${views.length} takes that now`))
  const byVerb = new Map<ActionVerb, ProcessView[]>()
  for (const view of fitting) {
    const verb = verbOf(wish, view)
    byVerb.set(verb, [...(byVerb.get(verb) ?? []), view])
  }
  const effects = [...byVerb].map(([verb, members]) => effectOf(verb, members))
  const [verb] = [...byVerb.keys()]
  const isAsked = fitting.length > 1 || (ASKED.has(verb!) && !(verb === 'restart' && isDown(fitting[0]!)))
  if (!isAsked) return [{ ...model, marked: new Set() }, effects]
  return ask(model, questionOf([...byVerb], effects, model))
}

export function ask(model: Model, confirm: Question): Step {
  const { about } = confirm
  const asked = { ...model, confirm }
  if (about === null || model.details?.detail?.id === about) return only(asked)
  return only(asked, { do: 'load-details', id: about })
}

function questionOf(byVerb: readonly [ActionVerb, ProcessView[]][], effects: readonly Effect[], model: Model): Question {
  const count = byVerb.reduce((sum, [, views]) => sum + views.length, 0)
  if (count === 1) {
    const [verb, [view]] = byVerb[0]!
    const plan = PLANS[verb]!
    const detail = model.details?.detail?.id === view!.id ? model.details.detail : null
    return {
      title: `${plan.title} ${plain(view!.name)}?`,
      yes: `${plan.title.toLowerCase()} it`,
      no: plan.no,
      lines: detail === null ? [] : effectLines(verb, detail),
      about: view!.id,
      number: null,
      typed: '',
      effects,
    }
  }
  const what = byVerb.map(([verb, views]) => `${verb} ${counted(views.length, 'process', 'processes')}`).join(' and ')
  const names = byVerb.flatMap(([, views]) => views.map(({ name }) => plain(name)))
  return {
    title: `${what[0]!.toUpperCase()}${what.slice(1)}?`,
    yes: 'do it',
    no: 'leave them',
    lines: [names.slice(0, 8).join(', ') + (names.length > 8 ? ` and ${names.length - 8} more` : '')],
    about: null,
    number: count >= TYPED_FROM ? String(count) : null,
    typed: '',
    effects,
  }
}

const seconds = (ms: number): string => `${ms % 1000 === 0 ? ms / 1000 : (ms / 1000).toFixed(1)} s`

/** What it does to the process and to those that need it. */
export function effectLines(verb: ActionVerb, detail: ProcessDetail): string[] {
  const { definition, neededBy, ports } = detail
  const { stopSignal, stopTimeoutMs } = definition
  const kill = stopTimeoutMs > 0 && stopSignal !== 'SIGKILL' ? `, after ${seconds(stopTimeoutMs)} SIGKILL` : ''
  const open = ports.reduce((sum, { connections }) => sum + (connections ?? 0), 0)
  const end = detail.pid === null ? 'It runs no program now' : `${stopSignal}${kill}`
  return [
    verb === 'stop'
      ? `${end}. It stays stopped over a reboot.`
      : verb === 'restart'
        ? `${end}; then its next run begins.`
        : `${end}. The job ends as cancelled.`,
    ...(open === 0 ? [] : [`${counted(open, 'connection')} to it ${open === 1 ? 'is' : 'are'} open and will be cut.`]),
    ...neededBy.map(({ name }) => `${plain(name)} needs it${verb === 'stop' ? ' and goes on without it' : ''}.`),
  ]
}

/** The particulars have come for which a question waited. */
export function informed(model: Model, detail: ProcessDetail): Model {
  const { confirm } = model
  if (confirm === null || confirm.about !== detail.id || confirm.lines.length > 0) return model
  const [effect] = confirm.effects
  if (effect?.do !== 'action') return model
  return { ...model, confirm: { ...confirm, lines: effectLines(effect.verb, detail) } }
}

/** The question is answered by yes, or a digit of the number is typed. */
export function confirmed(model: Model): Step {
  const { confirm } = model
  if (confirm === null) return only(model)
  if (confirm.number !== null && confirm.typed !== confirm.number) return only(say(model, `type ${confirm.number}, then Enter`))
  return [{ ...model, confirm: null, marked: new Set() }, confirm.effects]
}

export function typeNumber(model: Model, key: string): Step {
  const { confirm } = model
  if (confirm === null || confirm.number === null) return only(model)
  if (key === 'enter') return confirmed(model)
  if (key === 'backspace') return only({ ...model, confirm: { ...confirm, typed: confirm.typed.slice(0, -1) } })
  if (!/^\d$/.test(key) || confirm.typed.length >= confirm.number.length) return only(model)
  return only({ ...model, confirm: { ...confirm, typed: confirm.typed + key } })
}
