/** The last requests of an exiting program, sent synchronously, as the event loop no longer runs. */
import { readSync, writeSync } from 'node:fs'
import { encodeRequest } from '../protocol/codec.ts'
import { LineReader } from '../protocol/lines.ts'
import { monoMs } from '../protocol/mono.ts'
import type { Client } from './client.ts'

export interface FinalRequest {
  method: string
  params: unknown
}

/** Unanswered at a time: below the daemon's limit per connection, with room for earlier requests. */
const WINDOW = 64
const READ_BYTES = 65_536

/** Returns how many were answered (in any way) before the time was up or the connection broke; the client is then unusable. */
export function sendFinal(client: Client, requests: readonly FinalRequest[], timeoutMs: number): number {
  const seized = client.seize()
  if (seized === null) return 0
  const { descriptor, firstId } = seized
  const deadline = monoMs() + timeoutMs
  const reader = new LineReader()
  const chunk = Buffer.alloc(READ_BYTES)
  let written = 0
  let answered = 0
  let unsent: Buffer = Buffer.alloc(0)
  while (answered < requests.length && monoMs() < deadline) {
    if (unsent.length === 0 && written < requests.length && written - answered < WINDOW) {
      const { method, params } = requests[written]!
      unsent = Buffer.from(`${encodeRequest(firstId + written, method, params)}\n`)
      written++
    }
    const sent = attempt(() => (unsent.length === 0 ? 0 : writeSync(descriptor, unsent)))
    if (sent === 'broken') return answered
    unsent = unsent.subarray(sent === 'later' ? 0 : sent)
    const got = attempt(() => readSync(descriptor, chunk, 0, READ_BYTES, null))
    // 0 = the daemon has closed its side.
    if (got === 'broken' || got === 0) return answered
    if (got !== 'later') {
      reader.push(Buffer.from(chunk.subarray(0, got)))
      answered += countReplies(reader, firstId)
    } else if (unsent.length > 0 || written === requests.length || written - answered >= WINDOW) sleep(1)
  }
  return answered
}

/** Counts replies to these requests; the first line may be the rest of a partly read one. */
function countReplies(reader: LineReader, firstId: number): number {
  let count = 0
  for (let line = reader.next(); line !== null; line = reader.next()) {
    const id = /^\{"jsonrpc":"2\.0","id":(\d+),/.exec(line)?.[1]
    if (id !== undefined && Number(id) >= firstId) count++
  }
  return count
}

function attempt(act: () => number): number | 'later' | 'broken' {
  try {
    return act()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EAGAIN' || code === 'EINTR') return 'later'
    if (code === 'EPIPE' || code === 'ECONNRESET' || code === 'EBADF' || code === 'ENOTCONN') return 'broken'
    throw error
  }
}

const cell = new Int32Array(new SharedArrayBuffer(4))
const sleep = (ms: number): void => void Atomics.wait(cell, 0, 0, ms)
