/** Asks a program's preload (src/preload): one line on its control socket, one line of JSON back. */
import { closeSync, lstatSync, openSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { basename, dirname } from 'node:path'
import { unless } from '../errno.ts'
import { targetOf } from './for-users.ts'

/** It answers from its own event loop, which the program may keep busy. */
const ANSWER_MS = 2000
const ANSWER_MAX = 65_536
/** sun_path without its NUL; a longer one is reached through an open descriptor of its directory. */
const PATH_MAX = 107

/** Null without an answer: no preload listens there, or it does not come to it. */
export function askInstance(path: string, line: string, timeoutMs = ANSWER_MS): Promise<Record<string, unknown> | null> {
  return new Promise((resolve) => {
    let text = ''
    const socket = connectTo(path)
    if (socket === null) return resolve(null)
    socket.setEncoding('utf8').setTimeout(timeoutMs)
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

/** A connection that the program takes for one of its socket's; null when nothing listens there. */
export function connectInstance(path: string, socketName: string): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connectTo(path)
    if (socket === null) return resolve(null)
    socket.once('error', () => resolve(null))
    socket.once('connect', () => {
      socket.write(`connect ${socketName}\n`)
      resolve(socket)
    })
  })
}

/** Null where its directory is gone. */
function connectTo(given: string): Socket | null {
  const target = targetOf(given)
  // In a directory of another user's, who could have put a link there that leads to any socket.
  if (target !== null && !lstatSync(target, { throwIfNoEntry: false })?.isSocket()) return null
  const path = target ?? given
  if (Buffer.byteLength(path) <= PATH_MAX) return connect(path)
  const directory = unless(['ENOENT', 'ENOTDIR'], null, () => openSync(dirname(path), 'r'))
  if (directory === null) return null
  // Connected within the call.
  const socket = connect(`/proc/self/fd/${directory}/${basename(path)}`)
  closeSync(directory)
  return socket
}

function objectIn(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : null
  } catch {
    return null
  }
}
