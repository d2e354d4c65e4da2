/** Followed logs go on from their cursor, however slow the reader is. */
import { expect, test } from 'vitest'
import type { FollowLogs } from '../../src/api/contract.ts'
import { PtrackError } from '../../src/protocol/errors.ts'
import type { LogPage } from '../../src/protocol/requests.ts'
import { eventually, openWire, RawClient } from './support/wire.ts'

const page = (n: number, text: string): LogPage => ({
  lines: [{ process: 'web', stream: 'out', at: null, run: 1, text }],
  cursor: String(n),
  more: false,
  notices: [],
})

test('pages follow the reply; unfollow ends them; a bad cursor is an error', async () => {
  let closed = 0
  const followLogs: FollowLogs = (cursor, onPage) => {
    if (cursor === 'bad') throw new PtrackError('BAD_REQUEST', 'cannot follow: the cursor is not mine')
    onPage(page(1, 'at once'))
    return { close: () => closed++ }
  }
  const wire = await openWire({ followLogs })
  const client = await new RawClient(wire.path).hello()
  client.ask(1, 'logs.follow', { cursor: 'bad' })
  expect((await client.reply(1)).error?.data.message).toContain('not mine')
  client.ask(2, 'logs.follow', { cursor: '0' })
  const { follow } = (await client.reply(2)).result as { follow: string }
  await client.until(() => client.notes('logs').length === 1, 'the first page')
  expect(client.notes('logs')[0]).toEqual({ follow, lines: page(1, 'at once').lines, cursor: '1', notices: [] })
  expect(client.frames.findIndex((f) => f.id === 2)).toBeLessThan(client.frames.findIndex((f) => f.method === 'logs'))
  client.ask(3, 'logs.unfollow', { follow })
  expect((await client.reply(3)).result).toEqual({ ok: true })
  expect(closed).toBe(1)
  client.ask(4, 'logs.follow', { cursor: '0' })
  await client.reply(4)
  client.end()
  await eventually(() => closed === 2, 'the follower to end with its client')
  await wire.close()
})

test('a reader that stops stops the following, and loses nothing', async () => {
  const total = 3000
  let ahead = 0
  let stopped = 0
  const followLogs: FollowLogs = (cursor, onPage) => {
    let next = Number(cursor)
    let open = true
    const step = (): void => {
      for (let n = 0; open && n < 20 && next < total; n++) {
        ahead = Math.max(ahead, ++next)
        onPage(page(next, 'x'.repeat(10_000)))
      }
      if (open && next < total) setImmediate(step)
    }
    setImmediate(step)
    return {
      close: () => {
        open = false
        stopped++
      },
    }
  }
  const wire = await openWire({ followLogs, bounds: { clientBufferBytes: 256 * 1024 } })
  const client = await new RawClient(wire.path).hello()
  client.socket.pause()
  client.ask(1, 'logs.follow', { cursor: '0' })
  await eventually(() => stopped > 0, 'the following to stop')
  expect(ahead).toBeLessThan(total / 2)
  client.socket.resume()
  await client.until(() => client.notes('logs').at(-1)?.cursor === String(total), 'the last page')
  expect(client.notes('logs').map((note) => Number(note.cursor))).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  client.end()
  await wire.close()
})
