/** Bytes of a log, as a daemon sends them that can: base64 and JSON of a megabyte cost both sides more than reading it. */
import type { Input, LogBytes } from '../protocol/requests.ts'
import type { Client } from './client.ts'

export interface LogPiece extends Omit<LogBytes, 'data'> {
  bytes: Buffer
}

export async function logBytes(client: Client, query: Input<'logs.bytes'>): Promise<LogPiece> {
  const raw = client.hello.capabilities.includes('raw-bytes') ? { raw: true } : {}
  const reply = await client.request('logs.bytes', { ...query, ...raw })
  return { ...reply, bytes: (reply as Partial<LogPiece>).bytes ?? Buffer.from(reply.data, 'base64') }
}
