/** Requests of the view to the daemon, and their answers as messages. */
import type { Client } from '../client/client.ts'
import { type ErrorBody, toErrorBody } from '../protocol/errors.ts'
import type { MetricSeries } from '../protocol/overview.ts'
import type { ActionResult } from '../protocol/requests.ts'
import type { KillResult } from '../protocol/view.ts'
import { statusWords } from '../words/status.ts'
import type { ActionVerb } from './binding.ts'
import type { Effect, Input, Samples } from './model.ts'

export type Asking = Exclude<Effect, { do: 'redraw' | 'suspend' | 'quit' | 'visit' }>

/** What the view asks for by itself: an error is no answer to a key. */
const UNASKED: ReadonlySet<Asking['do']> = new Set(['load-strips', 'load-daemon', 'load-history'])

export const errorWords = ({ message, hint }: ErrorBody): string => (hint === undefined ? message : `${message}; ${hint}`)

function resultWords(verb: ActionVerb, { fullName: name, ok, note, view, error }: ActionResult): { text: string; bad: boolean } {
  if (!ok) return { text: error ? errorWords(error) : `cannot ${verb} ${name}: ${note ?? 'it failed'}`, bad: true }
  return { text: `${verb} ${name}: ${note ?? (view ? statusWords(view, Date.now()) : 'accepted')}`, bad: false }
}

/** Of several: how many, and the first that could not. */
function resultsWords(verb: ActionVerb, results: readonly ActionResult[]): { text: string; bad: boolean } {
  if (results.length === 1) return resultWords(verb, results[0]!)
  const bad = results.find(({ ok }) => !ok)
  const done = `${verb}: ${results.filter(({ ok }) => ok).length} of ${results.length}`
  return bad === undefined ? { text: done, bad: false } : { text: `${done}; ${resultWords(verb, bad).text}`, bad: true }
}

const killWords = ({ pid, result, reason }: KillResult): string => `pid ${pid}: ${result}${reason === null ? '' : ` (${reason})`}`

async function ask(client: Client, effect: Asking, callerPid: number): Promise<Input[]> {
  switch (effect.do) {
    case 'action': {
      const { verb, ids } = effect
      const results = await client.request(verb, { targets: [...ids], ...(verb === 'resume' ? {} : { noWait: true }) })
      return [{ kind: 'said', ...resultsWords(verb, results) }]
    }
    case 'seen': {
      const results = await client.request('attention.seen', { targets: [...effect.ids] })
      const bad = results.find(({ ok }) => !ok)
      if (bad?.error) return [{ kind: 'said', text: errorWords(bad.error), bad: true }]
      const text = results.length === 1 ? `${results[0]!.fullName} is marked as seen` : `${results.length} are marked as seen`
      return [{ kind: 'said', text, bad: false }]
    }
    case 'load-strips': {
      const { processes } = await client.request('runs', { targets: [...effect.ids] })
      return [{ kind: 'strips', strips: processes }]
    }
    case 'load-daemon':
      return [{ kind: 'daemon', status: await client.request('daemon.status', {}) }]
    case 'load-history': {
      const { id, any } = effect
      const { machine, processes } = await client.request('metrics.history', { targets: [id ?? any] })
      const own = id === null ? undefined : processes.find((one) => one.id === id)
      const of = ({ cpuPercent, memoryBytes }: MetricSeries): Samples => ({ cpu: cpuPercent, memory: memoryBytes })
      return [{ kind: 'load', load: { id, ...(own ? of(own) : { cpu: [], memory: [] }), machine: of(machine) } }]
    }
    case 'load-timeline': {
      const { hours, sinceMs } = effect
      return [{ kind: 'timeline', hours, view: await client.request('timeline', { sinceMs }), error: null }]
    }
    case 'load-details': {
      const { id } = effect
      const [[detail], [why]] = await Promise.all([
        client.request('show', { targets: [id] }),
        client.request('why', { targets: [id] }),
      ])
      return [{ kind: 'details', id, detail: detail ?? null, why: why ?? null, error: null }]
    }
    case 'load-orphans':
      return [{ kind: 'orphans', orphans: await client.request('orphans', {}) }]
    case 'load-fleet': {
      const [nodes, { rows, silent }] = await Promise.all([
        client.request('fleet.ls', {}),
        client.request('fleet.list', { where: { all: true } }),
      ])
      return [{ kind: 'fleet', nodes, rows, silent, error: null }]
    }
    case 'kill': {
      const results = await client.request('kill-orphan', { ...effect.params, callerPid })
      const bad = results.some(({ result }) => result === 'refused' || result === 'alive')
      const text = results.length === 0 ? 'no orphans' : results.map(killWords).join(', ')
      return [
        { kind: 'said', text, bad },
        { kind: 'orphans', orphans: await client.request('orphans', {}) },
      ]
    }
  }
}

/** Never rejects: an error is shown where the answer would be. */
export async function answer(client: Client | null, effect: Asking, callerPid: number): Promise<Input[]> {
  try {
    if (client === null) {
      if (UNASKED.has(effect.do)) return []
      return [
        {
          kind: 'said',
          text: `cannot ${effect.do === 'action' ? `${effect.verb} ${effect.name}` : effect.do === 'kill' ? 'end an orphan' : 'ask'}: the daemon is away; try again when it is back`,
          bad: true,
        },
      ]
    }
    return await ask(client, effect, callerPid)
  } catch (error) {
    if (UNASKED.has(effect.do)) return []
    const text = errorWords(toErrorBody(error))
    if (effect.do === 'load-timeline') return [{ kind: 'timeline', hours: effect.hours, view: null, error: text }]
    if (effect.do === 'load-fleet') return [{ kind: 'fleet', nodes: null, rows: [], silent: [], error: text }]
    if (effect.do === 'load-details') return [{ kind: 'details', id: effect.id, detail: null, why: null, error: text }]
    return [{ kind: 'said', text, bad: true }]
  }
}
