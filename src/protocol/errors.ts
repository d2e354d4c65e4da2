/** Expected failures: a stable code, an exit code, and `cannot X: why; what to try` (message `cannot X: why`, hint the rest). */
export const ERROR_CODES = {
  FAILED: 1, // the operation ran, the target failed
  SPAWN_FAILED: 1,
  NOT_READY: 1,
  UNKILLABLE: 1,
  SOCKETS_LOST: 1,
  WRONG_ADDRESS: 1, // on the port of its shared socket, at another address
  NOT_LISTENING: 1, // not on its shared socket; on another port, or on none
  STATE_WRITE_FAILED: 1,
  INTERNAL: 1,
  USAGE: 2,
  BAD_REQUEST: 2,
  BAD_FILE: 2,
  DUPLICATE_NAME: 2,
  AMBIGUOUS: 2, // several projects have a process of this name
  SOCKETS_CHANGED: 2,
  CONFLICT: 2, // changed meanwhile by somebody else
  UNKNOWN_METHOD: 2,
  FENCED: 1, // another has taken its place
  NO_FLEET: 2,
  TOO_LARGE: 2,
  NOT_RUNNING: 3,
  UNHEALTHY: 3,
  NOT_FOUND: 4,
  UNREACHABLE: 5,
  NODE_AWAY: 5, // another node of the fleet
  BUS_DOWN: 5,
  VERSION_SKEW: 5,
  TIMED_OUT: 6,
  DENIED: 7,
  UNSAFE: 8,
  PORT_TAKEN: 8,
} as const satisfies Record<string, number>
export type ErrorCode = keyof typeof ERROR_CODES

export class PtrackError extends Error {
  readonly code: ErrorCode
  /** What to try; printed after the message, separated by `; `. */
  readonly hint: string | undefined
  /** Extra facts for programs, such as the pid that holds a port. */
  readonly details: Record<string, unknown> | undefined

  /** The CLI consists of several bundles, each with its own copy of this class: an error of one must be recognized in another. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'PtrackError'
  }

  constructor(
    code: ErrorCode,
    message: string,
    options: { hint?: string; details?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'PtrackError'
    this.code = code
    this.hint = options.hint
    this.details = options.details
  }
}

/** An error on the wire and in `--json` output. */
export interface ErrorBody {
  code: ErrorCode
  message: string
  hint?: string
  details?: Record<string, unknown>
}

export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof PtrackError) {
    return {
      code: error.code,
      message: error.message,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      ...(error.details === undefined ? {} : { details: error.details }),
    }
  }
  return { code: 'INTERNAL', message: error instanceof Error ? error.message : String(error) }
}

export function fromErrorBody(body: ErrorBody): PtrackError {
  const code = body.code in ERROR_CODES ? body.code : 'FAILED'
  return new PtrackError(code, body.message, { hint: body.hint, details: body.details })
}
