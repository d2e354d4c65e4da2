/** What a tool is made of, and what it works with. */
import type { Method } from '../../../protocol/requests.ts'
import type { Context } from '../../context.ts'
import type { Answer } from './answer.ts'
import type { Schema } from './schema.ts'
import type { Scope } from './scope.ts'

export interface Call {
  /** Of this call alone: its connection ends with it. */
  context: Context
  scope: Scope
  /** Of the directory whose project it is. */
  directory: string
  /** The same command for a function of the CLI that prints JSON. */
  printing(work: (context: Context) => Promise<unknown>): Promise<unknown>
  /** `context`, and what it starts belongs to the session of this client, unless it is kept. */
  starting(keep: boolean): Context
}

export interface Tool {
  name: string
  title: string
  description: string
  schema: Schema
  /** The request that says who may use it. */
  needs: Method
  /** It only reads; it ends or deletes something; done again, it changes nothing. */
  hints: { reads?: true; destroys?: true; again?: true }
  /** How long it may take with these arguments, ms. */
  limitMs(args: Args): number
  call(call: Call, args: Args): Promise<Answer>
}

/** Checked by the schema. */
// biome-ignore lint/suspicious/noExplicitAny: each tool reads what its own schema has checked
export type Args = any

const SECONDS = 1000
export const QUICK_MS = 30 * SECONDS
export const TIMEOUT_MAX = 600

export const secondsOf = (args: Args, otherwise: number): number => ((args.timeout as number | undefined) ?? otherwise) * SECONDS
export const namesIn = (given: string | string[]): string[] => (Array.isArray(given) ? given : [given])
