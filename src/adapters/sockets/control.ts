/** Asks a program's preload (src/preload): one line on its control socket, one line of JSON back. */
import { connect } from 'node:net'

/** It answers from its own event loop, which the program may keep busy. */
const ANSWER_MS = 2000
const ANSWER_MAX = 65_536

/** Null without an answer: no preload listens there, or it does not come to it. */
export function askInstance(path: string, line: string): Promise<Record<string, unknown> | null> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connect(path).setEncoding('utf8').setTimeout(ANSWER_MS)
    const done = (): void => {
      socket.destroy()
      resolve(objectIn(text))
    }
    socket.on('connect', () => socket.write(`${line}\n`))
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > ANSWER_MAX) done()
    })
    for (const event of ['error', 'timeout', 'close']) socket.once(event, done)
  })
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
