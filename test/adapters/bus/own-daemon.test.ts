/** Answers of the own daemon, in whatever pieces they come. */
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { ask, hello, openDaemon } from '../../../src/adapters/bus/own-daemon.ts'

let server: Server | null = null
let home = ''
afterEach(() => {
  server?.close()
  rmSync(home, { recursive: true, force: true })
})

/** A daemon that answers the first request with these bytes. */
async function daemonThat(answer: (socket: Socket) => void): Promise<Socket> {
  home = mkdtempSync(join(tmpdir(), 'ptrack-own-daemon-'))
  server = createServer((socket) => socket.once('data', () => answer(socket)))
  await new Promise<void>((resolve) => server!.listen(join(home, 'daemon.sock'), resolve))
  return openDaemon(home)
}

const line = (id: number, result: unknown): string => `${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`

test('a list of many megabytes, which comes in thousands of chunks, is read at the pace of its size', async () => {
  const text = `é${'x'.repeat(32 * 1024 * 1024)}`
  const bytes = Buffer.from(line(1, { text }))
  const socket = await daemonThat((to) => {
    let at = 0
    const go = (): void => {
      while (at < bytes.length && to.write(bytes.subarray(at, at + 4096))) at += 4096
      if (at < bytes.length) {
        at += 4096
        to.once('drain', go)
      }
    }
    go()
  })
  // Each chunk copied to what was there makes of these 32 MB some 60 GB, which takes longer than this.
  const [answer] = (await ask(socket, [hello()], 15_000)) as [{ text: string }]
  expect(answer.text).toBe(text)
  socket.destroy()
})

test('what follows the answers stays on the socket', async () => {
  const socket = await daemonThat((to) => to.write(`${line(1, 'one')}${line(2, 'two')}the rest`))
  expect(await ask(socket, [hello(), hello()])).toEqual(['one', 'two'])
  const rest = await new Promise<Buffer>((resolve) => {
    socket.once('data', resolve)
    // It is paused, for whoever continues the connection.
    socket.resume()
  })
  expect(rest.toString()).toBe('the rest')
  socket.destroy()
})
