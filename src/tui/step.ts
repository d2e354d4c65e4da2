/** Building blocks of the reducer: the next model with effects, and the notice at the bottom. */
import type { Effect, Model, Step } from './model.ts'
import { plain } from './text.ts'

/** A notice disappears by itself; an error stays until the next key, and at most this long. */
const NOTICE_MS = 5000
const ERROR_MS = 60_000

export const only = (model: Model, ...effects: Effect[]): Step => [model, effects]
export const say = (model: Model, text: string, bad = false): Model => ({
  ...model,
  notice: { text: plain(text), bad, untilMs: model.nowMs + (bad ? ERROR_MS : NOTICE_MS) },
})
