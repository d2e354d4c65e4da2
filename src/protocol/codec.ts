/** JSON-RPC 2.0 frames, one per WebSocket message or one per line: for the CLI, which saves 10 ms of loading HTTP code. */
import { type ErrorBody, PtrackError } from './errors.ts'
import { limits } from './limits.ts'

export interface RequestFrame {
  jsonrpc: '2.0'
  id: number | string
  method: string
  params: unknown
}
export type ReplyFrame = { jsonrpc: '2.0'; id: number | string | null; bytes?: number } & (
  | { result: unknown }
  | { error: { code: number; message: string; data: ErrorBody } }
)
export interface NotificationFrame {
  jsonrpc: '2.0'
  method: string
  params: unknown
}

/** JSON-RPC's own numbers for bad frames; everything else is -32000 with our code in `data`. */
const RPC_NUMBERS: Partial<Record<ErrorBody['code'], number>> = { UNKNOWN_METHOD: -32601, BAD_REQUEST: -32602, INTERNAL: -32603 }

export const encodeRequest = (id: number, method: string, params: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method, params })
export const encodeReply = (id: number | string, result: unknown): string => JSON.stringify({ jsonrpc: '2.0', id, result })
/** Precedes a result that is already JSON; a brace closes it. */
export const replyHead = (id: number | string): string => `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`
/** `bytes` of them follow the line, and a newline. */
export const replyHeadWithBytes = (id: number | string, bytes: number): string =>
  `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"bytes":${bytes},"result":`
export const encodeError = (id: number | string | null, error: ErrorBody): string =>
  JSON.stringify({ jsonrpc: '2.0', id, error: { code: RPC_NUMBERS[error.code] ?? -32000, message: error.message, data: error } })
export const encodeNotification = (method: string, params: unknown): string => JSON.stringify({ jsonrpc: '2.0', method, params })

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function parseFrame(text: string): Record<string, unknown> {
  if (text.length > limits.frameBytes)
    throw new PtrackError('TOO_LARGE', `cannot read the message: it is larger than ${limits.frameBytes} bytes`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new PtrackError('BAD_REQUEST', 'cannot read the message: it is not JSON', { cause })
  }
  if (!isObject(value) || value.jsonrpc !== '2.0')
    throw new PtrackError('BAD_REQUEST', 'cannot read the message: it is not a JSON-RPC 2.0 object')
  return value
}

/** A request as the daemon reads it; parameters are still unchecked. */
export function decodeRequest(text: string): RequestFrame {
  const value = parseFrame(text)
  const { id, method } = value
  if (typeof method !== 'string') throw new PtrackError('BAD_REQUEST', 'cannot read the request: it has no method')
  if ((typeof id !== 'number' || !Number.isSafeInteger(id)) && (typeof id !== 'string' || id.length > 100))
    throw new PtrackError('BAD_REQUEST', 'cannot read the request: its id must be an integer or a short string')
  return { jsonrpc: '2.0', id, method, params: value.params ?? {} }
}

/** A reply to a request, or a notification. */
export function decodeFromDaemon(text: string): ReplyFrame | NotificationFrame {
  // The daemon is trusted to bound its frames: a list of 10,000 views is larger than what clients may send.
  const value: unknown = JSON.parse(text)
  if (!isObject(value)) throw new TypeError('no object')
  return value as unknown as ReplyFrame | NotificationFrame
}
