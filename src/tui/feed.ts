/** Takes what the daemon pushes into the model. */
import type { ProcessView } from '../protocol/view.ts'
import { withFullName } from '../words/full-names.ts'
import type { Effect, Input, Model, Samples, Step } from './model.ts'
import { SAMPLES } from './sparkline.ts'

/** The daemon's sampling interval while somebody watches. */
const SAMPLE_MS = 3000

export function feed(model: Model, item: Extract<Input, { kind: 'feed' }>['item']): Step {
  switch (item.kind) {
    case 'disconnected':
      return [{ ...model, awaySinceMs: model.awaySinceMs ?? model.nowMs }, []]
    case 'connected':
      return [{ ...model, awaySinceMs: null }, again(model)]
    case 'snapshot': {
      const views = new Map(item.views.map((view) => [view.id, withFullName(view)]))
      return [{ ...kept(model, views), loaded: true }, again(model)]
    }
    case 'views': {
      const views = new Map(model.views)
      for (const view of item.changed) views.set(view.id, withFullName(view))
      for (const id of item.removed) views.delete(id)
      const { details } = model
      const touched = details !== null && item.changed.some((view) => view.id === details.id)
      const next = item.removed.length === 0 ? { ...model, views } : kept(model, views)
      return [next, touched ? [{ do: 'load-details', id: details.id }] : []]
    }
  }
}

/** Reloads what is shown: it may have changed unnoticed. */
const again = (model: Model): Effect[] => [
  ...(model.place !== 'details' || model.details === null ? [] : [{ do: 'load-details', id: model.details.id } as const]),
  ...(model.place === 'orphans' ? [{ do: 'load-orphans' } as const] : []),
]

/** With these views, and nothing more about what is gone. */
function kept(model: Model, views: ReadonlyMap<string, ProcessView>): Model {
  const of = <T>(all: ReadonlyMap<string, T>): ReadonlyMap<string, T> => new Map([...all].filter(([id]) => views.has(id)))
  const marked = [...model.marked].every((id) => views.has(id))
    ? model.marked
    : new Set([...model.marked].filter((id) => views.has(id)))
  return { ...model, views, marked, samples: of(model.samples), strips: of(model.strips) }
}

/** Records the present figures when due; nothing while the daemon is away. */
export function sample(model: Model): Model {
  if (model.awaySinceMs !== null || !model.loaded || model.nowMs - model.sampledMs < SAMPLE_MS) return model
  const samples = new Map<string, Samples>()
  const add = (before: readonly (number | null)[] | undefined, next: number | null): (number | null)[] => [
    ...(before ?? []).slice(1 - SAMPLES),
    next,
  ]
  for (const { id, cpuPercent, memoryBytes } of model.views.values()) {
    const before = model.samples.get(id)
    if (before === undefined && cpuPercent === null && memoryBytes === null) continue
    samples.set(id, { cpu: add(before?.cpu, cpuPercent), memory: add(before?.memory, memoryBytes) })
  }
  return { ...model, samples, sampledMs: model.nowMs }
}
