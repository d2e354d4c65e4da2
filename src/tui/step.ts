/** What every step of the reducer is made of: the next model with what is to be done, and what is said at the bottom. */
import type { Effect, Model, Step } from './model.ts'
import { plain } from './text.ts'

/** A notice goes by itself; an error stays until the next key, and at most so long. */
const NOTICE_MS = 5000
const ERROR_MS = 60_000

export const only = (model: Model, ...effects: Effect[]): Step => [model, effects]
export const say = (model: Model, text: string, bad = false): Model => ({
  ...model,
  notice: { text: plain(text), bad, untilMs: model.nowMs + (bad ? ERROR_MS : NOTICE_MS) },
})
