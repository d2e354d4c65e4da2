/** A terminal of a program on this one: what it shows comes from its log, what is typed goes to it, until it ends or is left. */
import type { Client } from '../../../client/client.ts'
import { type LogPiece, logBytes } from '../../../client/log-bytes.ts'
import { isAway, reconnect } from '../../../client/log-stream.ts'
import { formatSize } from '../../../protocol/duration.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { monoMs } from '../../../protocol/mono.ts'
import type { TerminalSize } from '../../../protocol/terminal-requests.ts'
import type { Context } from '../../context.ts'
import { orAborted } from '../../output/or-aborted.ts'
import { DetachKeys } from './detach-keys.ts'
import { openKeyboard } from './keyboard.ts'
import type { Modes } from './modes.ts'
import { typingAt } from './typing.ts'

/** Longest wait of one request for output; asking again is cheap. */
const WAIT_MS = 30_000
const CTRL_C = 3
/** A daemon that hangs keeps nobody here. */
const LEAVE_MS = 1000

export interface Shown {
  id: string
  run: number
  /** Logical offset; null = from the start of the run. */
  from: number | null
  keys: readonly number[]
  /** False = only watched, so that Ctrl-C leaves too. */
  types: boolean
  /** What the terminal is set to already, by what was shown before. */
  modes: Modes
}

export interface SessionEnd {
  client: Client
  /** The keys, a signal, or the end of this terminal. */
  left: boolean
}

export interface Beginning {
  /** Of this terminal, now. */
  size(): TerminalSize
  /** Resolves when more is shown, when the terminal is left, and at the latest after so long. */
  output(limitMs: number): Promise<void>
}

export async function showTerminal(
  context: Context,
  first: Client,
  shown: Shown,
  begin: (beginning: Beginning) => Promise<void> = () => Promise.resolve(),
): Promise<SessionEnd> {
  const { id, run, modes } = shown
  const enough = new AbortController()
  const leave = (): void => enough.abort()
  const keys = new DetachKeys(shown.keys)
  const typing = typingAt(id, (isFull) => keyboard?.pause(isFull))
  const keyboard = openKeyboard({
    typed: (bytes) => {
      const { through, leaves } = keys.take(bytes)
      // A program that asks for its size when it is typed at gets the one of this terminal.
      if (shown.types) void begun.then(() => typing.type(through))
      if (leaves || (!shown.types && bytes.includes(CTRL_C))) leave()
    },
    resized: (size) => shown.types && typing.resize(size),
    gone: leave,
  })
  // A terminal that is closed, and `kill`: the program stays.
  const stopListening = context.io.onInterrupt(leave)
  let client = first
  let next = shown.from
  let begun: Promise<void> = Promise.resolve()
  let heard = (): void => {}
  const output = (limitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(() => heard(), limitMs)
      heard = () => {
        clearTimeout(timer)
        enough.signal.removeEventListener('abort', heard)
        resolve()
      }
      enough.signal.addEventListener('abort', heard)
    })

  const ask = async (): Promise<LogPiece | null> => {
    try {
      const from = next === null ? {} : { from: next }
      // The first request only finds the start of the run, to tell a new daemon later, whatever the old one lost.
      return await logBytes(client, { target: id, stream: 'out', run, ...from, waitMs: next === null ? 0 : WAIT_MS })
    } catch (error) {
      if (error instanceof PtrackError && error.code === 'NOT_FOUND') return null
      throw error
    }
  }
  const show = async ({ bytes, lost }: LogPiece): Promise<void> => {
    if (lost > 0) context.note(`${formatSize(lost)} of it were rotated away unread\r`)
    if (bytes.length === 0) return
    heard()
    if (keyboard !== null) modes.read(bytes)
    // With --json stdout is data.
    const room = context.io.pour(context.json ? 'err' : 'out', bytes)
    if (room !== null) await orAborted(room, enough.signal)
  }
  const returned = async (): Promise<Client | null> => {
    const goneAt = monoMs()
    // It may be restarting; the end of the program needs one in any case.
    return reconnect(
      () => (monoMs() - goneAt < 2000 ? context.connectOnly() : context.connectFresh()),
      () => enough.signal.aborted,
    )
  }

  try {
    typing.use(client)
    if (keyboard !== null) begun = begin({ size: () => keyboard.size(), output })
    while (!enough.signal.aborted) {
      try {
        const reply = await orAborted(ask(), enough.signal)
        if (reply === null) break
        await show(reply)
        next = reply.next
        if (reply.ended) break
      } catch (error) {
        if (!isAway(error)) throw error
        typing.use(null)
        const back = await returned()
        if (back === null) break
        client = back
        typing.use(client)
      }
    }
    return { client, left: enough.signal.aborted }
  } finally {
    heard()
    // Who leaves at once leaves the size as it was.
    await within(LEAVE_MS, begun)
    typing.stop()
    stopListening()
    if (keyboard !== null) {
      context.io.out(modes.off)
      keyboard.close()
    }
  }
}

/** Resolves with it, and at the latest after so long. */
function within(limitMs: number, work: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs)
    void work.finally(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}
