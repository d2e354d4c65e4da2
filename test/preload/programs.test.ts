/** Unmodified Node programs of every kind take the socket that they inherited. */
import { expect, test } from 'vitest'
import { get } from './support/http.ts'
import { type Instance, openSocket, type SharedSocket, scratch, startProgram } from './support/instance.ts'

const HTTP = "const server = require('node:http').createServer((request, response) => response.end(`pid ${process.pid}`))\n"
const SAY = "() => console.log('listening')"

interface Program {
  title: string
  text: string
  file?: string
  /** By default 127.0.0.1. */
  host?: string
}

const PROGRAMS: Program[] = [
  { title: 'listen(port)', text: `${HTTP} server.listen(process.env.PORT, ${SAY})`, host: '::' },
  { title: 'listen(number)', text: `${HTTP} server.listen(Number(process.env.PORT), ${SAY})`, host: '0.0.0.0' },
  { title: 'listen(port, host)', text: `${HTTP} server.listen(process.env.PORT, 'localhost', ${SAY})` },
  { title: 'listen(port, host, backlog)', text: `${HTTP} server.listen(process.env.PORT, '127.0.0.1', 5, ${SAY})` },
  { title: 'listen({ port, host })', text: `${HTTP} server.listen({ port: process.env.PORT, host: '127.0.0.1' }, ${SAY})` },
  { title: "on('listening')", text: `${HTTP} server.on('listening', ${SAY}); server.listen(process.env.PORT, '127.0.0.1')` },
  {
    title: 'an ES module',
    file: 'app.mjs',
    text: `import { createServer } from 'node:http'
      createServer((request, response) => response.end(\`pid \${process.pid}\`)).listen(process.env.PORT, '127.0.0.1', ${SAY})`,
  },
  {
    title: 'a server of node:net that speaks HTTP by itself',
    text: `require('node:net').createServer((socket) => socket.on('data', () => {
      const text = \`pid \${process.pid}\`
      socket.end(\`HTTP/1.1 200 OK\\r\\nContent-Length: \${text.length}\\r\\nConnection: close\\r\\n\\r\\n\${text}\`)
    })).listen(process.env.PORT, '127.0.0.1', ${SAY})`,
  },
  {
    title: 'another server on a free port',
    text: `${HTTP} require('node:http').createServer().listen(0, () => server.listen(process.env.PORT, '127.0.0.1', ${SAY}))`,
  },
  {
    title: 'one that first looks whether the port is free',
    text: `${HTTP} const look = require('node:net').createServer()
      look.listen(process.env.PORT, '127.0.0.1', () => look.close(() => server.listen(process.env.PORT, '127.0.0.1', ${SAY})))`,
  },
  {
    title: 'one that closes after it has served, and listens again',
    text: `const http = require('node:http')
      const first = http.createServer((request, response) => response.end('first')).listen(process.env.PORT, '127.0.0.1', () =>
        http.get({ port: process.env.PORT, host: '127.0.0.1', agent: false }, (response) => response.resume().on('end', () =>
          first.close(() => setTimeout(() => { ${HTTP} server.listen(process.env.PORT, '127.0.0.1', ${SAY}) }, 20)))))`,
  },
  {
    title: 'one that listens in a worker thread',
    text: `const { Worker } = require('node:worker_threads')
      new Worker(\`${HTTP.replaceAll('`', '\\`').replaceAll('${', '\\${')} server.listen(process.env.PORT, '127.0.0.1', ${SAY})\`, { eval: true })`,
  },
  {
    title: 'one that listens in its main thread and again in a worker, which gets the usual error',
    text: `const { Worker } = require('node:worker_threads')
      ${HTTP} server.listen(process.env.PORT, '127.0.0.1', () =>
        new Worker("const server = require('node:net').createServer(); server.on('error', (error) => require('node:worker_threads').parentPort.postMessage(error.code)); server.listen(process.env.PORT, '127.0.0.1')", { eval: true })
          .on('message', (code) => console.log(code === 'EADDRINUSE' ? 'listening' : code)))`,
  },
  {
    title: 'one that listens twice, and gets the usual error',
    text: `${HTTP} server.listen(process.env.PORT, '127.0.0.1', () => {
      try { server.listen(process.env.PORT, '127.0.0.1') } catch (error) { if (error.code !== 'ERR_SERVER_ALREADY_LISTEN') throw error }
      const other = require('node:net').createServer().on('error', (error) => error.code === 'EADDRINUSE' && console.log('listening'))
      other.listen(process.env.PORT, '127.0.0.1')
    })`,
  },
  {
    title: 'one whose child does not get the socket',
    text: `${HTTP} server.listen(process.env.PORT, '127.0.0.1', () => {
      const text = "const server = require('node:net').createServer(); server.on('error', (error) => process.exit(error.code === 'EADDRINUSE' ? 7 : 1)); server.listen(process.env.PORT, '127.0.0.1')"
      require('node:child_process').spawn(process.execPath, ['-e', text], { stdio: 'inherit' }).on('exit', (code) => code === 7 && console.log('listening'))
    })`,
  },
  {
    title: 'one with node:cluster inside',
    text: `const cluster = require('node:cluster')
      if (cluster.isPrimary) cluster.fork()
      else { ${HTTP.replace('process.pid', 'process.ppid')} server.listen(process.env.PORT, '127.0.0.1', ${SAY}) }`,
  },
]

const start = (program: Program, gate: boolean): { web: SharedSocket; app: Instance } => {
  const web = openSocket({ host: program.host })
  return { web, app: startProgram(program.text, { sockets: [web], gate }, program.file) }
}

for (const program of PROGRAMS) {
  test(`${program.title}: served from the inherited socket`, async () => {
    const { web, app } = start(program, false)
    await app.prints('listening')
    expect(await get(web)).toMatchObject({ status: 200, body: `pid ${app.pid}` })
    expect(app.stderr()).toBe('')
    expect(await app.ask('status')).toMatchObject({ gate: 'open', sockets: [{ name: 'web', listening: true }] })
  })
}

test('address(), listening and the name of the socket are what a program expects', async () => {
  const web = openSocket()
  const app = startProgram(
    `${HTTP} server.listen({ port: process.env.PORT, host: '127.0.0.1' }, () =>
      console.log(JSON.stringify({ ...server.address(), listening: server.listening, keys: Object.keys(server).includes('emit') })))`,
    { sockets: [web], gate: true },
  )
  await app.prints('}')
  expect(JSON.parse(app.stdout())).toEqual({ address: '127.0.0.1', family: 'IPv4', port: web.port, listening: true, keys: false })
})

test('an abort signal ends the listening, before the gate opens and after', async () => {
  const web = openSocket()
  const app = startProgram(
    `${HTTP} const abort = new AbortController()
    server.on('close', () => console.log('closed')).listen({ port: process.env.PORT, host: '127.0.0.1', signal: abort.signal }, () => {
      console.log('listening')
      process.once('SIGUSR2', () => abort.abort())
    })`,
    { sockets: [web] },
  )
  await app.prints('listening')
  expect(await get(web)).toMatchObject({ status: 200 })
  app.signal('SIGUSR2')
  await app.prints('closed')
  // Nothing else keeps it alive.
  expect(await app.ended).toBe(0)
})

test('a program that only looks ends as it would without us, though the gate is shut', async () => {
  const web = openSocket()
  const app = startProgram(`${HTTP} server.listen(process.env.PORT, '127.0.0.1', () => server.close())`, {
    sockets: [web],
    gate: true,
  })
  expect(await app.ended).toBe(0)
})

test('two sockets, each by its own address', async () => {
  const [web, admin] = [openSocket(), openSocket({}, 'admin')]
  const app = startProgram(
    `const http = require('node:http')
     http.createServer((request, response) => response.end('web')).listen(process.env.PORT, '127.0.0.1', () =>
       http.createServer((request, response) => response.end('admin')).listen(process.env.ADMIN, '127.0.0.1', ${SAY}))`,
    { sockets: [web, admin], env: { ADMIN: String(admin.port) }, gate: true },
  )
  await app.prints('listening')
  expect(await get(app.inject('admin'))).toMatchObject({ body: 'admin' })
  await app.ask('open')
  expect(await Promise.all([get(web), get(admin)])).toMatchObject([{ body: 'web' }, { body: 'admin' }])
})

test('another address of the declared port: one line that says what to declare, and the real answer', async () => {
  const web = openSocket({ host: '::' })
  const app = startProgram(
    `${HTTP} server.on('error', (error) => { console.log(error.code); process.exit(3) }).listen(process.env.PORT, '127.0.0.1')`,
    { sockets: [web] },
  )
  expect(await app.ended).toBe(3)
  expect(app.stdout()).toBe('EADDRINUSE\n')
  expect(app.stderr()).toBe(
    `ptrack: the program listens on 127.0.0.1:${web.port}, and the declared socket is [::]:${web.port}; declare it with --socket 127.0.0.1:${web.port}\n`,
  )
})

test.each([
  ['no JSON', 'web:3'],
  ['no list', '{"fd":3}'],
  ['a number too little', '[{"fd":3,"name":"web","port":80}]'],
  ['null', '[null]'],
  ['another inode', '[{"fd":3,"inode":1,"name":"web","port":PORT,"host":"127.0.0.1"}]'],
  ['another descriptor', '[{"fd":99,"inode":INODE,"name":"web","port":PORT,"host":"127.0.0.1"}]'],
])('where PTRACK_LISTEN is %s, everything is as without us', async (_, listen) => {
  const web = openSocket()
  const app = startProgram(
    `${HTTP} server.on('error', (error) => { console.log(error.code); process.exit(3) }).listen(process.env.PORT, '127.0.0.1')`,
    { sockets: [web], listen: listen.replace('PORT', String(web.port)).replace('INODE', String(web.inode)) },
  )
  expect(await app.ended).toBe(3)
  expect(app.stdout() + app.stderr()).toBe('EADDRINUSE\n')
})

test('without the functions of Node that the gate needs, the socket is still taken', async () => {
  const web = openSocket()
  const app = startProgram(
    `delete require('node:net')._createServerHandle; ${HTTP} server.listen(process.env.PORT, '127.0.0.1', ${SAY})`,
    {
      sockets: [web],
      cwd: scratch(),
    },
  )
  await app.prints('listening')
  expect(await get(web)).toMatchObject({ status: 200, body: `pid ${app.pid}` })
  expect(await app.ask('drain')).toEqual({ drained: true })
})
