/** Requests of the view to the daemon, and their answers as messages. */
import type { Client } from '../client/client.ts'
import { type ErrorBody, toErrorBody } from '../protocol/errors.ts'
import type { ActionResult } from '../protocol/requests.ts'
import type { KillResult } from '../protocol/view.ts'
import { statusWords } from '../words/status.ts'
import type { ActionVerb } from './bindings.ts'
import type { Effect, Input } from './model.ts'

type Asking = Extract<Effect, { do: 'action' | 'load-details' | 'load-orphans' | 'kill' }>

const errorWords = ({ message, hint }: ErrorBody): string => (hint === undefined ? message : `${message}; ${hint}`)

function resultWords(verb: ActionVerb, { name, ok, note, view, error }: ActionResult): { text: string; bad: boolean } {
  if (!ok) return { text: error ? errorWords(error) : `cannot ${verb} ${name}: ${note ?? 'it failed'}`, bad: true }
  return { text: `${verb} ${name}: ${note ?? (view ? statusWords(view, Date.now()) : 'accepted')}`, bad: false }
}

const killWords = ({ pid, result, reason }: KillResult): string => `pid ${pid}: ${result}${reason === null ? '' : ` (${reason})`}`

async function ask(client: Client, effect: Asking, callerPid: number): Promise<Input[]> {
  switch (effect.do) {
    case 'action': {
      const { verb, id } = effect
      const results = await client.request(verb, { targets: [id], ...(verb === 'resume' ? {} : { noWait: true }) })
      return results.map((result) => ({ kind: 'said', ...resultWords(verb, result) }))
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
    if (client === null)
      return [
        {
          kind: 'said',
          text: `cannot ${effect.do === 'action' ? `${effect.verb} ${effect.name}` : 'ask'}: the daemon is away; try again when it is back`,
          bad: true,
        },
      ]
    return await ask(client, effect, callerPid)
  } catch (error) {
    const text = errorWords(toErrorBody(error))
    if (effect.do === 'load-details') return [{ kind: 'details', id: effect.id, detail: null, why: null, error: text }]
    return [{ kind: 'said', text, bad: true }]
  }
}
