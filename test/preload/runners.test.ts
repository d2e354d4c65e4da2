/** Between the supervisor and the program stands something else: a shell, npm, or a small program of a package's scripts. */
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { get } from './support/http.ts'
import { openSocket, scratch, startCommand, startProgram } from './support/instance.ts'

const HTTP = `const server = require('node:http').createServer((request, response) => response.end(\`pid \${process.pid}\`))
  server.on('error', (error) => { console.log(error.code); process.exit(3) })
  server.listen(process.env.PORT, '127.0.0.1', () => console.log('options', process.env.NODE_OPTIONS ?? 'none', 'listening'))`

const project = (start: string): string => {
  const dir = scratch()
  writeFileSync(`${dir}/app.js`, HTTP)
  writeFileSync(`${dir}/package.json`, JSON.stringify({ name: 'app', version: '1.0.0', scripts: { start } }))
  return dir
}

test.each([
  ['sh -c', ['sh', '-c', 'node app.js; true'], 'node app.js'],
  ['npm start', ['npm', 'start'], 'node app.js'],
  ['npm run with a shell and words behind', ['npm', 'run', 'start', '--silent', '--', '--port'], 'sh -c "node app.js; true"'],
  ['npx', ['npx', '--no-install', '-c', 'node app.js'], 'node app.js'],
  ['npm start that is npm run', ['npm', 'start'], 'npm run --silent start:node'],
])('%s: the program gets the sockets, and NODE_OPTIONS are its own', async (_, command, start) => {
  const web = openSocket()
  const admin = openSocket({}, 'admin')
  const cwd = project(start)
  if (start.includes('start:node'))
    writeFileSync(`${cwd}/package.json`, JSON.stringify({ name: 'app', scripts: { start, 'start:node': 'node app.js' } }))
  const app = startCommand(command, { sockets: [web, admin], cwd, gate: true, env: { npm_config_update_notifier: 'false' } })
  await app.prints('options none listening')
  const { pid, sockets } = await app.ask('status')
  expect(sockets).toEqual([
    { name: 'web', listening: true },
    { name: 'admin', listening: false },
  ])
  expect(await get(app.inject())).toMatchObject({ body: `pid ${pid}` })
  await app.ask('open')
  expect(await get(web)).toMatchObject({ body: `pid ${pid}` })
  expect(await app.ask('drain')).toEqual({ drained: true })
})

test('what stands before node in the scripts of a package hands the sockets on', async () => {
  const web = openSocket()
  const cwd = project('node node_modules/.bin/cross-env A=1 node app.js')
  mkdirSync(`${cwd}/node_modules/.bin`, { recursive: true })
  mkdirSync(`${cwd}/node_modules/cross-env`)
  // As cross-env does it.
  const text =
    "require('node:child_process').spawn(process.argv[3], process.argv.slice(4), { stdio: 'inherit', env: { ...process.env, A: '1' } })"
  writeFileSync(`${cwd}/node_modules/cross-env/main.js`, text)
  symlinkSync('../cross-env/main.js', `${cwd}/node_modules/.bin/cross-env`)
  const app = startCommand(['npm', 'start'], { sockets: [web], cwd })
  await app.prints('listening')
  expect(await get(web)).toMatchObject({ status: 200 })
})

test("a program's own children get neither the sockets nor the preload", async () => {
  const web = openSocket()
  const app = startProgram(
    `const { spawn, fork } = require('node:child_process')
     if (process.argv[2] === 'child') { ${HTTP} }
     else require('node:http').createServer().listen(process.env.PORT, '127.0.0.1', () => {
       console.log('serving', process.env.NODE_OPTIONS ?? 'none')
       fork(__filename, ['child'])
     })`,
    { sockets: [web] },
  )
  await app.prints('EADDRINUSE')
  expect(app.stdout()).toContain('serving none\n')
})
