/** retention.get, retention.set and gc: what is kept how long, and what no process owns. */
import type { Params, Reply } from '../../protocol/requests.ts'
import type { Retention } from '../../protocol/settings.ts'
import type { Supervisor } from '../create-supervisor.ts'
import type { Garbage } from '../garbage.ts'

export async function getRetention({ settings }: Supervisor): Promise<Retention> {
  return settings.now.retention
}

/** Holds from the next sweep on, within the hour. */
export async function setRetention({ settings }: Supervisor, params: Params<'retention.set'>): Promise<Retention> {
  const named = Object.fromEntries(Object.entries(params).filter(([, keepMs]) => keepMs !== undefined))
  await settings.change({ retention: { ...settings.now.retention, ...named } })
  return settings.now.retention
}

export const gc = (garbage: Garbage, params: Params<'gc'>): Promise<Reply<'gc'>> => garbage.collect(params)
