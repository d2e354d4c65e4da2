/** Programs as people write them, with what npm has, and not changed for ptrack: reloads under load lose nothing of any of them. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tls } from '../preload/support/certificate.ts'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { type Load, type LoadOptions, startLoad } from '../support/load.ts'
import { http2Load, type StreamLoad, webSocketLoad } from '../support/load-of-streams.ts'
import { figure, times } from '../support/soak.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(() => t.close())

const RELOADS = times(2, 30)
const LOAD: LoadOptions = { keep: 4, short: 3, slow: 2, idle: 4, pauseMs: 40 }

const ANSWER = `(request, response) => {
  const answer = () => response.end(String(process.pid))
  if (request.url === '/slow') setTimeout(answer, 300)
  else answer()
}`

interface Program {
  title: string
  /** By default index.js with this text. */
  files: Record<string, string>
  command?: (port: number) => string[]
  socket?: (port: number, dir: string) => string
  load?: (port: number, dir: string) => Load | StreamLoad
}

const npmStart = (text: string): Record<string, string> => ({
  'package.json': JSON.stringify({ name: 'app', type: 'module', scripts: { start: 'node index.js' } }),
  'index.js': text,
})

const PROGRAMS: Program[] = [
  {
    title: 'express',
    files: {
      'index.js': `const app = require('express')()
        app.get('/', (request, response) => response.send(String(process.pid)))
        app.get('/slow', (request, response) => setTimeout(() => response.send(String(process.pid)), 300))
        app.listen(process.env.PORT)`,
    },
  },
  {
    title: 'fastify, which closes itself at SIGTERM',
    files: {
      'index.js': `const app = require('fastify')()
        app.get('/', async () => String(process.pid))
        app.get('/slow', (request, reply) => { setTimeout(() => reply.send(String(process.pid)), 300) })
        process.on('SIGTERM', () => app.close().then(() => process.exit(0)))
        app.listen({ port: Number(process.env.PORT), host: '0.0.0.0' })`,
    },
    socket: (port) => `0.0.0.0:${port}`,
  },
  {
    title: 'an ES module by npm start',
    files: npmStart(`import { createServer } from 'node:http'
      createServer(${ANSWER}).listen(process.env.PORT)`),
    command: () => ['npm', 'start'],
  },
  {
    title: 'https',
    files: { 'index.js': `require('node:https').createServer(${JSON.stringify(tls)}, ${ANSWER}).listen(process.env.PORT)` },
    load: (port) => startLoad({ host: '127.0.0.1', port }, { ...LOAD, tls: true }),
  },
  {
    title: 'http2',
    files: {
      'index.js': `require('node:http2').createSecureServer(${JSON.stringify(tls)}, ${ANSWER}).listen(process.env.PORT)`,
    },
    load: http2Load,
  },
  {
    title: 'ws',
    files: {
      'index.js': `new (require('ws').WebSocketServer)({ port: Number(process.env.PORT) })
        .on('connection', (socket) => socket.on('message', (text) => socket.send(String(text))))`,
    },
    load: webSocketLoad,
  },
  {
    title: 'a server at a unix socket',
    files: { 'index.js': `require('node:http').createServer(${ANSWER}).listen(__dirname + '/web.sock')` },
    socket: (_, dir) => `unix:${join(dir, 'web.sock')}`,
    load: (_, dir) => startLoad({ path: join(dir, 'web.sock') }, LOAD),
  },
  {
    title: 'vite preview',
    files: { 'dist/index.html': 'a page' },
    command: (port) => [
      'node',
      'node_modules/vite/bin/vite.js',
      'preview',
      '--port',
      String(port),
      '--strictPort',
      '--host',
      '127.0.0.1',
    ],
    socket: (port) => `127.0.0.1:${port}`,
    load: (port) => startLoad({ host: '127.0.0.1', port }, { ...LOAD, slowPath: '/' }),
  },
]

const sum = ({ answered }: ReturnType<(Load | StreamLoad)['report']>): number =>
  typeof answered === 'number' ? answered : Math.min(...Object.values(answered))

describe.concurrent('two instances', () => {
  test.each(PROGRAMS)('$title: reloads lose no request', { timeout: times(300_000, 1_200_000) }, async (program) => {
    const name = program.title.replaceAll(/[^\w]+/g, '-')
    const dir = join(t.dir, name)
    const port = await freePort()
    for (const [file, text] of Object.entries(program.files)) {
      mkdirSync(join(dir, file, '..'), { recursive: true })
      writeFileSync(join(dir, file), text)
    }
    symlinkSync(join(root, 'node_modules'), join(dir, 'node_modules'))
    const socket = program.socket?.(port, dir) ?? String(port)
    const set = ['--name', name, '--socket', socket, '--instances', '2', '--cwd', dir]
    await t.ok(['start', ...set, '--', ...(program.command?.(port) ?? ['node', 'index.js'])])
    const load = program.load?.(port, dir) ?? startLoad({ host: '127.0.0.1', port }, LOAD)
    await t.until(() => sum(load.report()) > 0, 'it answers')
    for (let round = 0; round < RELOADS; round++) {
      const results = await t.request('reload', { targets: [name] })
      expect(results.map(({ ok, reload }) => ({ ok, reload }))).toMatchObject(
        Array.from({ length: 2 }, () => ({ ok: true, reload: { replaced: true, why: null, cut: 0 } })),
      )
    }
    const report = await load.stop()
    figure(`${program.title}, ${RELOADS} reloads`, { answered: report.answered, lost: report.lost })
    expect(report.lost).toEqual({})
    const details = await t.request('show', { targets: [name] })
    expect(
      details.map(({ restarts, runs }) => [
        restarts,
        runs.filter(({ endedAt }) => endedAt === null).map(({ serving }) => serving),
      ]),
    ).toEqual([
      [0, ['preload']],
      [0, ['preload']],
    ])
    await t.here.ok(['delete', name])
  })
})
