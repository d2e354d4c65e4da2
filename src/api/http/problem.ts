/** Errors as application/problem+json (RFC 9457), with the catalogue's code beside the status. */
import { type ErrorBody, type ErrorCode, PtrackError, toErrorBody } from '../../protocol/errors.ts'
import type { Problem } from './replies.ts'

const STATUS: Readonly<Record<ErrorCode, number>> = {
  USAGE: 400,
  BAD_REQUEST: 400,
  BAD_FILE: 400,
  TOO_LARGE: 413,
  DENIED: 403,
  FENCED: 409,
  NO_FLEET: 409,
  NODE_AWAY: 503,
  BUS_DOWN: 503,
  NOT_FOUND: 404,
  UNKNOWN_METHOD: 404,
  DUPLICATE_NAME: 409,
  AMBIGUOUS: 409,
  SOCKETS_CHANGED: 409,
  CONFLICT: 409,
  NOT_RUNNING: 409,
  UNHEALTHY: 409,
  PORT_TAKEN: 409,
  UNSAFE: 409,
  FAILED: 422,
  SPAWN_FAILED: 422,
  NOT_READY: 422,
  SOCKETS_LOST: 422,
  WRONG_ADDRESS: 422,
  NOT_LISTENING: 422,
  UNKILLABLE: 422,
  VERSION_SKEW: 426,
  INTERNAL: 500,
  UNREACHABLE: 503,
  TIMED_OUT: 504,
  STATE_WRITE_FAILED: 507,
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  414: 'URI Too Long',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  431: 'Request Header Fields Too Large',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
  507: 'Insufficient Storage',
}

export function problem(error: ErrorBody, status: number = STATUS[error.code]): Problem {
  const { code, message, hint, details } = error
  return {
    type: 'about:blank',
    title: TITLES[status] ?? 'Error',
    status,
    detail: message,
    code,
    ...(hint === undefined ? {} : { hint }),
    ...(details === undefined ? {} : { details }),
  }
}

/** Expected errors are sent; anything else is a bug, and its text stays in the daemon's log. */
export function problemOf(error: unknown): Problem {
  if (error instanceof PtrackError) return problem(toErrorBody(error))
  return problem({
    code: 'INTERNAL',
    message: 'cannot answer: something unexpected went wrong',
    hint: 'this is a defect of ptrack; `ptrack daemon logs` has more',
  })
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  401: 'DENIED',
  403: 'DENIED',
  404: 'NOT_FOUND',
  405: 'UNKNOWN_METHOD',
  413: 'TOO_LARGE',
  414: 'TOO_LARGE',
  426: 'VERSION_SKEW',
  431: 'TOO_LARGE',
  500: 'INTERNAL',
  503: 'UNREACHABLE',
}

export const problemWith = (status: number, detail: string, hint?: string): Problem =>
  problem({ code: CODES[status] ?? 'BAD_REQUEST', message: detail, hint }, status)

/** For every answer: not cacheable by others, not framed, no sniffing. */
export const HEADERS = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
} as const

export const PROBLEM_TYPE = 'application/problem+json'
