/** Enough of FastCGI for a client that asks for one page on each connection, as nginx does by default. */
import type { Speech } from './load.ts'

const [BEGIN_REQUEST, END_REQUEST, PARAMS, STDIN, STDOUT] = [1, 3, 4, 5, 6]
const RESPONDER = 1
const HEADER_BYTES = 8

function record(type: number, content: Buffer): Buffer {
  const header = Buffer.from([1, type, 0, 1, 0, 0, 0, 0])
  header.writeUInt16BE(content.length, 4)
  return Buffer.concat([header, content])
}

/** No name or value here is longer than what one byte of length can say. */
const pairs = (params: Record<string, string>): Buffer =>
  Buffer.concat(
    Object.entries(params).map(([name, value]) =>
      Buffer.concat([Buffer.from([name.length, value.length]), Buffer.from(name + value)]),
    ),
  )

export const fastCgi = (script: string): Speech => ({
  request(path) {
    const params = { SCRIPT_FILENAME: script, REQUEST_METHOD: 'GET', REQUEST_URI: path, SERVER_PROTOCOL: 'HTTP/1.1' }
    return Buffer.concat([
      record(BEGIN_REQUEST, Buffer.from([0, RESPONDER, 0, 0, 0, 0, 0, 0])),
      record(PARAMS, pairs(params)),
      record(PARAMS, Buffer.alloc(0)),
      record(STDIN, Buffer.alloc(0)),
    ])
  },
  answer(text) {
    const bytes = Buffer.from(text, 'latin1')
    let page = ''
    for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
      const content = at + HEADER_BYTES
      const end = content + bytes.readUInt16BE(at + 4)
      if (bytes[at + 1] === STDOUT) page += bytes.toString('latin1', content, end)
      if (bytes[at + 1] === END_REQUEST && end <= bytes.length) {
        const [head, body] = page.split('\r\n\r\n')
        return { status: Number(/^Status: (\d+)/m.exec(head!)?.[1] ?? 200), body: body ?? '', closes: true }
      }
      at = end + bytes[at + 6]!
    }
    return null
  },
})
