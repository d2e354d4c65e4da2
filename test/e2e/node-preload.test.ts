/** `process.send` of a Node program, as pm2's own examples use it. */
import { writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const script = (name: string, text: string): string => {
  writeFileSync(`${t.dir}/${name}`, text)
  return `${t.dir}/${name}`
}

test("process.send('ready') is what a start waits for", async () => {
  const app = script(
    'ready.js',
    "setTimeout(() => process.send('ready', (error) => console.log('sent', error)), 100); setInterval(() => {}, 1e6)",
  )
  await t.ok(['start', app, '--name', 'ready', '--wait-ready'])
  expect(await t.ls('ready')).toMatchObject({ status: 'running', health: 'healthy' })
  await t.until(async () => (await t.ok(['logs', 'ready'])).stdout.includes('sent null'), 'the callback was called')
})

test('NODE_OPTIONS are the user’s again in the program, its children and its threads, which have no process.send', async () => {
  const app = script(
    'children.js',
    `const { execFileSync, fork } = require('node:child_process')
     const { Worker } = require('node:worker_threads')
     if (process.argv[2] === 'forked') process.send({ own: true })
     else {
       const say = (...words) => console.log(words.join(' '))
       say('options', process.env.NODE_OPTIONS, 'send', typeof process.send, 'connected', process.connected)
       say('child', execFileSync(process.execPath, ['-p', 'typeof process.send + process.env.NODE_OPTIONS'], { encoding: 'utf8' }).trim())
       fork(__filename, ['forked']).on('message', (message) => say('forked', JSON.stringify(message)))
       new Worker('require("node:worker_threads").parentPort.postMessage(typeof process.send)', { eval: true }).on('message', (type) => say('thread', type))
     }`,
  )
  const ran = await t.run(['run', '--env', 'NODE_OPTIONS=--no-deprecation', '--', 'node', app])
  expect(ran.stderr).toBe('')
  expect(ran.stdout.trim().split('\n').toSorted()).toEqual([
    'child undefined--no-deprecation',
    'forked {"own":true}',
    'options --no-deprecation send function connected true',
    'thread undefined',
  ])
})

test('a program that ends does not stay for it, and a daemon that is away does not matter', async () => {
  const app = script(
    'ends.js',
    "process.env.PTRACK_SOCKET = '/nowhere'; process.send('ready'); process.disconnect(); console.log(process.connected)",
  )
  expect(await t.run(['run', '--', 'node', app])).toMatchObject({ code: 0, stdout: 'false\n', stderr: '' })
})

test("process.send('ready') reaches a daemon whose socket has a path that is too long for the kernel", async () => {
  const deep = await testHome({ env: { PTRACK_HOME: `${t.dir}/${'long/'.repeat(25)}home` } })
  const home = ['--home', `${t.dir}/${'long/'.repeat(25)}home`]
  try {
    const app = script('deep.js', "process.send('ready'); setInterval(() => {}, 1e6)")
    expect((await deep.run(['start', ...home, '--name', 'deep', '--health', 'notify', '--', 'node', app])).stderr).toBe('')
    expect(await deep.json(['ls', ...home])).toMatchObject([{ status: 'running', health: 'healthy' }])
  } finally {
    await deep.run(['daemon', 'stop', '--kill-children', ...home])
    await deep.close()
  }
})
