/** Unix sockets: the path is the supervisor's, whatever the program does to it. */
import { existsSync, mkdirSync, symlinkSync } from 'node:fs'
import { expect, test } from 'vitest'
import { get } from './support/http.ts'
import { openSocket, scratch, startProgram } from './support/instance.ts'

const SERVER = "const server = require('node:http').createServer((request, response) => response.end('yes'))\n"
const LISTEN = "server.listen(process.env.SOCKET_PATH, () => console.log('listening', server.address()))"

test.each([
  ['listen(path)', LISTEN],
  ['listen({ path })', "server.listen({ path: process.env.SOCKET_PATH }, () => console.log('listening', server.address()))"],
  ['unlinkSync first', `require('node:fs').unlinkSync(process.env.SOCKET_PATH); ${LISTEN}`],
  ['rmSync first, by a URL', `require('node:fs').rmSync(require('node:url').pathToFileURL(process.env.SOCKET_PATH)); ${LISTEN}`],
  ['unlink first', `require('node:fs').unlink(process.env.SOCKET_PATH, (error) => { if (error) throw error; ${LISTEN} })`],
  ['rm of promises first', `require('node:fs/promises').rm(process.env.SOCKET_PATH, { force: true }).then(() => { ${LISTEN} })`],
])('%s: served from the inherited socket, and the path stays', async (_, text) => {
  const web = openSocket({ path: `${scratch()}/web.sock` })
  const app = startProgram(SERVER + text, { sockets: [web], gate: true })
  await app.prints(`listening ${web.path}`)
  expect(await get(app.inject())).toMatchObject({ body: 'yes' })
  await app.ask('open')
  expect(await get(web)).toMatchObject({ body: 'yes' })
  expect(await app.ask('drain')).toEqual({ drained: true })
  expect(existsSync(web.path!)).toBe(true)
})

test('in an ES module, by another name of its directory, with an unlink at the end', async () => {
  const dir = scratch()
  mkdirSync(`${dir}/run`)
  symlinkSync('run', `${dir}/var`)
  const web = openSocket({ path: `${dir}/run/web.sock` })
  const app = startProgram(
    `import { unlinkSync } from 'node:fs'
     import { unlink } from 'node:fs/promises'
     import { createServer } from 'node:http'
     const path = ${JSON.stringify(`${dir}/var/web.sock`)}
     await unlink(path)
     createServer((request, response) => response.end('yes')).listen(path, () => console.log('listening'))
     process.on('SIGTERM', () => { unlinkSync(path); process.exit(0) })`,
    { sockets: [web] },
    'app.mjs',
  )
  await app.prints('listening')
  expect(await get(web)).toMatchObject({ body: 'yes' })
  app.signal('SIGTERM')
  expect(await app.ended).toBe(0)
  expect(existsSync(web.path!)).toBe(true)
})

test('other files are removed as ever', async () => {
  const web = openSocket({ path: `${scratch()}/web.sock` })
  const app = startProgram(
    `const fs = require('node:fs')
     for (const name of ['a', 'b', 'c', 'd']) fs.writeFileSync(name, '')
     fs.unlinkSync('a')
     fs.rmSync('b')
     fs.promises.unlink('c').then(() => fs.rm('d', (error) => console.log('left', error, ['a', 'b', 'c', 'd'].filter((name) => fs.existsSync(name)).length)))`,
    { sockets: [web] },
  )
  expect(await app.ended).toBe(0)
  expect(app.stdout()).toBe('left null 0\n')
})
