/** The control socket: each line has its answer, and nothing sent to it can disturb the program. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { endIdent, identOf } from '../support/proc.ts'
import { until } from '../support/until.ts'
import { get } from './support/http.ts'
import { openSocket, scratch, startProgram } from './support/instance.ts'

const HTTP = `require('node:http').createServer((request, response) => response.end('yes'))
  .listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))`

test('what it does not know is answered by an error, and the program serves', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web] })
  await app.prints('listening')
  for (const line of [
    '',
    'close',
    'constructor',
    'OPEN',
    'hold',
    'hold here there',
    'hold /nowhere /nowhere/fifo',
    'connect admin',
    'connect',
  ])
    expect(await app.ask(line), line).toEqual({ error: expect.any(String) })
  const mute = app.inject()
  mute.destroy()
  expect(await app.ask('open')).toEqual({ open: true })
  expect(await get(web)).toMatchObject({ body: 'yes' })
  expect(app.stderr()).toBe('')
})

test('a path longer than the kernel takes, with an older file of that name in the way', async () => {
  const web = openSocket()
  const dir = `${scratch()}/${'a-long-name/'.repeat(15)}`
  mkdirSync(dir, { recursive: true })
  const control = `${dir}control`
  writeFileSync(control, '')
  const app = startProgram(HTTP, { sockets: [web], control, gate: true })
  await app.prints('listening')
  expect(await get(app.inject())).toMatchObject({ body: 'yes' })
  expect(await app.ask('open')).toEqual({ open: true })
})

test('where no control socket can be made, one line says so, and the program serves', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web], control: '/proc/none/control' })
  await app.prints('listening')
  expect(await get(web)).toMatchObject({ body: 'yes' })
  expect(app.stderr()).toMatch(/^ptrack: cannot be controlled: .*\n$/)
})

test('a program that ends by itself is not kept by its control socket', async () => {
  const web = openSocket()
  const app = startProgram(
    `const server = require('node:http').createServer((request, response) => { response.end('bye'); server.close() })
     server.listen(process.env.PORT, '127.0.0.1', () => console.log('listening'))`,
    { sockets: [web] },
  )
  await app.prints('listening')
  await get(web)
  expect(await app.ended).toBe(0)
})

test('hold starts a shell that has the sockets, and outlives the program', async () => {
  const [web, admin] = [openSocket(), openSocket({}, 'admin')]
  const app = startProgram(HTTP, { sockets: [web, admin] })
  await app.prints('listening')
  const dir = `${scratch()}/a home`
  mkdirSync(`${dir}/web`, { recursive: true })
  execFileSync('mkfifo', [`${dir}/web/hold-3`])
  writeFileSync(
    `${dir}/holder.sh`,
    'for n in 0 3 4; do readlink /proc/$$/fd/$n; done >"$1/got"; printf "%s\\n" "$PTRACK_HOLDER" "${PTRACK_LISTEN-}" >>"$1/got"; read -r line; echo "$line" >>"$1/got"\n',
  )
  const { pid } = await app.ask(`hold ${dir} ${dir}/web/hold-3`)
  const holder = identOf(Number(pid))!
  onTestFinished(() => endIdent(holder))
  const got = (): string[] => readFileSync(`${dir}/web/got`, 'utf8').split('\n')
  await until(() => got().length > 5, 'the holder has begun')
  app.signal('SIGKILL')
  await app.ended
  expect(readlinkSync(`/proc/${pid}/fd/3`)).toBe(`socket:[${web.inode}]`)
  writeFileSync(`${dir}/web/hold-3`, 'end\n')
  await until(() => got().includes('end'), 'it reads its orders')
  expect(got()).toEqual([`${dir}/web/hold-3`, `socket:[${web.inode}]`, `socket:[${admin.inode}]`, `${dir}/web`, '', 'end', ''])
})

test('a program that has closed a socket cannot hold it, and says so', async () => {
  const web = openSocket()
  const app = startProgram(HTTP, { sockets: [web] })
  await app.prints('listening')
  await app.ask('drain')
  expect(await app.ask('hold /tmp /tmp/fifo')).toEqual({ error: 'cannot hold web: the program has closed it' })
})
