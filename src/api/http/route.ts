/** A route: one path, one request of the protocol, one type of answer; served and described from the same data. */
import type { z } from 'zod'
import { fromErrorBody, type PtrackError } from '../../protocol/errors.ts'
import type { ActionResult, Input, Method, Reply } from '../../protocol/requests.ts'
import type { Peer } from '../access.ts'
import type { Handlers } from '../contract.ts'
import type { Outcomes, Replies } from './replies.ts'

export interface Asked<Query, Body> {
  /** Of the process in the address; empty without one. */
  id: string
  query: Query
  body: Body
  peer: Peer
  /** The request behind the route: parameters are checked, rights decided, then it is performed. */
  call<M extends keyof Handlers>(method: M, params: Input<M>): Promise<Reply<M>>
}

export interface Answered {
  status: number
  headers: Record<string, string>
  body: unknown
}

export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  path: string
  operationId: string
  summary: string
  requests: readonly Method[]
  query: z.ZodObject | null
  body: z.ZodType | null
  /** Which of several kinds of bodies is meant, so that an error is about its fields. */
  choose: ((body: unknown) => z.ZodType) | null
  /** No body means `{}`. */
  bodyOptional: boolean
  success: number
  reply: keyof Replies
  /** `revision`: unchanged until a view changes, and not even computed; `body`: compared after it is computed. */
  etag: 'revision' | 'body' | null
  idempotent: boolean
  run(asked: Asked<never, never>): Promise<Answered>
}

interface Spec<Q extends z.ZodObject, B extends z.ZodType> {
  method: Route['method']
  path: string
  operationId: string
  summary: string
  requests: readonly Method[]
  query?: Q
  body?: B
  choose?: (body: unknown) => z.ZodType
  bodyOptional?: boolean
  success?: number
  reply: keyof Replies
  etag?: 'revision' | 'body'
  idempotent?: boolean
  run(asked: Asked<z.output<Q>, z.output<B>>): Promise<unknown>
  headers?(body: unknown): Record<string, string>
}

export function route<Q extends z.ZodObject, B extends z.ZodType>(spec: Spec<Q, B>): Route {
  const { query = null, body = null, choose = null, bodyOptional = false, success = 200, etag = null, idempotent = false } = spec
  return {
    ...spec,
    query,
    body,
    choose,
    bodyOptional,
    success,
    etag,
    idempotent,
    run: async (asked) => {
      const answer = await spec.run(asked as Asked<z.output<Q>, z.output<B>>)
      return { status: success, headers: spec.headers?.(answer) ?? {}, body: answer }
    },
  }
}

/** Several results in one answer: all of them, or the first failure as the error, with all of them beside it. */
export function outcomes(results: ActionResult[]): Outcomes {
  const failed = results.find(({ ok }) => !ok)
  if (failed?.error) throw withResults(fromErrorBody(failed.error), results)
  return { results }
}

function withResults(error: PtrackError, results: ActionResult[]): PtrackError {
  return fromErrorBody({
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    details: { ...error.details, results },
  })
}

export const addressOf = (id: string): string => `/api/processes/${encodeURIComponent(id)}`
