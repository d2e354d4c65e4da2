/** JSON-RPC 2.0 over lines: requests and notifications come in, answers go out. Whatever a client sends, the next line is read. */
import type { Readable } from 'node:stream'
import { LineReader } from '../../../protocol/lines.ts'

/** A line beyond it is a mistake, and is skipped. */
const LINE_BYTES = 4 * 1024 * 1024
/** Requests at work; beyond it a client does not wait for answers. */
const AT_ONCE = 64
/** Answered in the same moment. */
const AT_HAND: ReadonlySet<string> = new Set(['initialize', 'ping', 'tools/list', 'resources/templates/list'])
/** What an answer may still take when the client has ended its input. */
const LAST_MS = 1000

export const PARSE_ERROR = -32_700
export const INVALID_REQUEST = -32_600
export const METHOD_NOT_FOUND = -32_601
export const INVALID_PARAMS = -32_602
export const INTERNAL_ERROR = -32_603
export const RESOURCE_NOT_FOUND = -32_002
const TOO_MANY = -32_000

export class RpcError extends Error {
  readonly code: number

  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

export interface Peer {
  /** Rejects with an RpcError for what the protocol calls an error. `signal`: the client has cancelled it. */
  request(method: string, params: Record<string, unknown>, signal: AbortSignal): Promise<unknown>
  notified(method: string, params: Record<string, unknown>): void
}

/** The output, which may ask for patience. */
type Pour = (text: string) => Promise<void> | null

type Id = string | number
type Fields = Record<string, unknown>

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const isId = (value: unknown): value is Id => typeof value === 'string' || typeof value === 'number'
const failure = (id: Id | null, code: number, message: string): Fields => ({ jsonrpc: '2.0', id, error: { code, message } })

/** Until the input has ended, and what was asked for is answered or given up. */
export async function serve(input: Readable, pour: Pour, peer: Peer): Promise<void> {
  const working = new Map<Id, AbortController>()
  const pending = new Set<Promise<void>>()
  const unsent: string[] = []
  let full = false

  const send = (message: unknown): void => {
    unsent.push(`${JSON.stringify(message)}\n`)
    if (!full) flush()
  }
  /** A client that does not read is not read from either, so no more than what is at work piles up. */
  function flush(): void {
    for (let text = unsent.shift(); text !== undefined; text = unsent.shift()) {
      const room = pour(text)
      if (room === null) continue
      full = true
      input.pause()
      sent = room.then(() => {
        full = false
        input.resume()
        flush()
      })
      return
    }
  }
  let sent: Promise<void> = Promise.resolve()

  async function answered(id: Id, method: string, params: Fields): Promise<Fields | null> {
    if (working.size >= AT_ONCE && !AT_HAND.has(method))
      return failure(id, TOO_MANY, `cannot ${method}: ${AT_ONCE} requests are at work; wait for answers`)
    if (working.has(id)) return failure(id, INVALID_REQUEST, `the id ${JSON.stringify(id)} is that of a request at work`)
    const cancelled = new AbortController()
    working.set(id, cancelled)
    try {
      const result = await peer.request(method, params, cancelled.signal)
      return cancelled.signal.aborted ? null : { jsonrpc: '2.0', id, result }
    } catch (error) {
      if (cancelled.signal.aborted) return null
      if (error instanceof RpcError) return failure(id, error.code, error.message)
      return failure(id, INTERNAL_ERROR, error instanceof Error ? error.message : String(error))
    } finally {
      working.delete(id)
    }
  }

  /** null: there is nothing to answer. */
  async function take(message: unknown): Promise<Fields | null> {
    if (!isFields(message) || message.jsonrpc !== '2.0')
      return failure(
        isFields(message) && isId(message.id) ? message.id : null,
        INVALID_REQUEST,
        'this is no message of JSON-RPC 2.0',
      )
    const { id, method, params = {} } = message
    // The answer to a request; there are none from here.
    if (typeof method !== 'string')
      return 'result' in message || 'error' in message
        ? null
        : failure(isId(id) ? id : null, INVALID_REQUEST, 'a request has a method')
    if (!isFields(params)) return isId(id) ? failure(id, INVALID_PARAMS, 'params must be an object') : null
    if (id === undefined) {
      if (method === 'notifications/cancelled' && isId(params.requestId)) working.get(params.requestId)?.abort()
      else peer.notified(method, params)
      return null
    }
    if (!isId(id)) return failure(null, INVALID_REQUEST, 'an id is a string or a number')
    return answered(id, method, params)
  }

  async function line(text: string): Promise<void> {
    if (text.trim() === '') return
    let message: unknown
    try {
      message = JSON.parse(text)
    } catch {
      return send(failure(null, PARSE_ERROR, 'this line is no JSON'))
    }
    if (!Array.isArray(message)) {
      const answer = await take(message)
      if (answer !== null) send(answer)
      return
    }
    // Clients of 2025-03-26 may send several at once.
    if (message.length === 0 || message.length > AT_ONCE)
      return send(failure(null, INVALID_REQUEST, 'a batch has 1 to 64 messages'))
    const answers = (await Promise.all(message.map(take))).filter((each) => each !== null)
    if (answers.length > 0) send(answers)
  }

  const allSent = async (): Promise<void> => {
    while (full) await sent
  }

  await readLines(
    input,
    (text) => {
      const one = line(text).finally(() => pending.delete(one))
      pending.add(one)
    },
    () => send(failure(null, INVALID_REQUEST, `a line has at most ${LINE_BYTES} bytes`)),
  )
  let timer: NodeJS.Timeout | undefined
  const enough = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, LAST_MS)
  })
  await Promise.race([Promise.all(pending).then(allSent), enough])
  clearTimeout(timer)
  for (const each of working.values()) each.abort()
}

function readLines(input: Readable, take: (text: string) => void, tooLong: () => void): Promise<void> {
  let reader = new LineReader()
  let skipping = false
  return new Promise((resolve) => {
    input.on('data', (chunk: Buffer) => {
      let rest = chunk
      if (skipping) {
        const end = rest.indexOf(10)
        if (end < 0) return
        rest = rest.subarray(end + 1)
        skipping = false
      }
      reader.push(rest)
      for (let text = reader.next(); text !== null; text = reader.next()) take(text)
      if (reader.pendingBytes <= LINE_BYTES) return
      reader = new LineReader()
      skipping = true
      tooLong()
    })
    for (const event of ['end', 'close', 'error']) input.once(event, resolve)
  })
}
