/** Under load one instance after the other is replaced by a new one, and no request is lost. */
import { buildSync } from 'esbuild'
import { expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { load } from '../support/effort.ts'
import { startLoad } from '../support/load.ts'
import { until } from '../support/until.ts'
import { get } from './support/http.ts'
import { type Instance, openSocket, type SharedSocket, scratch, startProgram } from './support/instance.ts'

/** The more of one, the rarer a loss that shows. */
const HANDOVERS = { tcp: load(10, 4), unix: load(4, 2) }

const HTTP = `require('node:http').createServer((request, response) => {
    if (request.url === '/slow') setTimeout(() => response.end(process.pid + ' slow'), 300)
    else response.end(process.pid + ' quick')
  })`
const PROGRAMS: [string, string][] = [
  ['node:http', `${HTTP}.listen(process.env.SOCKET_PATH || process.env.PORT, () => console.log('listening'))`],
  [
    'fastify',
    `const app = require(${JSON.stringify(`${root}/node_modules/fastify`)})()
     app.get('/', async () => process.pid + ' quick')
     app.get('/slow', async () => { await new Promise((resolve) => setTimeout(resolve, 300)); return process.pid + ' slow' })
     process.on('SIGTERM', () => app.close().then(() => { console.log('closed'); process.exit(0) }))
     const { SOCKET_PATH: path, PORT: port } = process.env
     app.listen(path ? { path } : { port: Number(port), host: '0.0.0.0' }).then(() => console.log('listening'))`,
  ],
]

/** Fastify in one file, which loads at a third of the CPU: there is one start for each handover. */
function bundled(text: string, cwd: string): string {
  if (!text.includes('fastify')) return text
  const outfile = `${cwd}/fastify.cjs`
  buildSync({ entryPoints: [`${root}/node_modules/fastify`], bundle: true, platform: 'node', outfile })
  return text.replace(JSON.stringify(`${root}/node_modules/fastify`), JSON.stringify(outfile))
}

/** As the supervisor does it: beside the old one, behind the gate, checked, opened; then the old one is drained and ended. */
async function begin(text: string, socket: SharedSocket, cwd: string): Promise<Instance> {
  const instance = startProgram(text, { sockets: [socket], gate: true, cwd })
  await instance.prints('listening')
  expect(await get(instance.inject())).toMatchObject({ status: 200, body: `${instance.pid} quick` })
  await instance.ask('open')
  return instance
}

async function end(instance: Instance): Promise<void> {
  expect(await instance.ask('drain')).toEqual({ drained: true })
  instance.signal('SIGTERM')
  await instance.ended
  expect(instance.stderr()).toBe('')
}

for (const [name, text] of PROGRAMS)
  for (const kind of ['tcp', 'unix'] as const)
    test(`${name} over ${kind}: ${HANDOVERS[kind]} handovers under load lose nothing`, async () => {
      const cwd = scratch()
      const script = bundled(text, cwd)
      const socket = openSocket(kind === 'tcp' ? { host: '0.0.0.0' } : { path: `${cwd}/web.sock` })
      let old = await begin(script, socket, cwd)
      const clients = startLoad(socket.path === null ? { host: '127.0.0.1', port: socket.port } : { path: socket.path }, {
        idleMs: 500,
      })
      for (let count = 0; count < HANDOVERS[kind]; count++) {
        const next = await begin(script, socket, cwd)
        await until(() => clients.report().by[next.pid], 'the new one answers')
        await end(old)
        old = next
      }
      const { lost, answered, by } = await clients.stop()
      expect(lost).toEqual({})
      expect(Object.keys(by)).toHaveLength(HANDOVERS[kind] + 1)
      expect(Math.min(...Object.values(answered))).toBeGreaterThan(HANDOVERS[kind])
      await end(old)
    })
