/** However a program ends, its task ends so too, and the program ends as it would have without us. */
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { type FakeTracking, fakeTracking } from './support/fake-tracking.ts'
import { type Ran, runNode, runScript } from './support/script.ts'

let daemon: FakeTracking
beforeEach(async () => {
  daemon = await fakeTracking()
})
afterEach(() => daemon.close())

const env = () => ({ PTRACK_HOME: daemon.home })
const run = (source: string, more: Record<string, string> = {}): Promise<Ran> => runScript(source, { ...env(), ...more }).ended
const rows = () => daemon.rows.map(({ row }) => row)

test('nothing left to do: done, with everything told before', async () => {
  const ran = await run("const task = track('job'); task.result(1); task.update({ percent: 5 }); task.result(2)")
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(rows()).toEqual([1, 2])
  expect(daemon.told).toEqual([{ progress: 5 }])
  expect(daemon.ends).toEqual(['done'])
})

test('an exit code: failed', async () => {
  const ran = await run("track('job'); process.exitCode = 3")
  expect(ran).toMatchObject({ code: 3, stderr: '' })
  expect(daemon.ends).toEqual(['failed exit code 3'])
})

test('process.exit in the middle: what was told is told, and the end too', async () => {
  const ran = await run(
    "const task = track('job'); await task.ready; for (let n = 0; n < 500; n++) task.result('x'.repeat(1000) + n); process.exit(4)",
  )
  expect(ran).toMatchObject({ code: 4, stderr: '' })
  expect(rows().map((row) => Number(String(row).slice(1000)))).toEqual(Array.from({ length: 500 }, (_, n) => n))
  expect(daemon.ends).toEqual(['failed exit code 4'])
})

test('an uncaught error stays uncaught, and is the reason', async () => {
  const ran = await run("const task = track('job'); await task.ready; throw new Error('no luck')")
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain('Error: no luck')
  expect(daemon.ends).toEqual(['failed no luck'])
})

test('a rejection that nobody handles, likewise', async () => {
  const ran = await run("const task = track('job'); await task.ready; Promise.reject(new TypeError('not so'))")
  expect(ran.code).toBe(1)
  expect(ran.stderr).toContain('TypeError: not so')
  expect(daemon.ends).toEqual(['failed not so'])
})

test('an error that the program handles is no failure', async () => {
  const ran = await run(
    "const task = track('job'); await task.ready; process.on('uncaughtException', () => {}); setTimeout(() => { throw new Error('fine') }, 1)",
  )
  expect(ran.code).toBe(0)
  expect(daemon.ends).toEqual(['done'])
})

test('a signal that nobody handles ends it as before, and cancels the task', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const script = runScript(
      "const task = track('job'); await task.ready; setInterval(() => {}, 1000); console.log('ready')",
      env(),
    )
    await script.said('ready')
    script.signal(signal)
    expect(await script.ended).toMatchObject({ code: null, signal, stderr: '' })
    expect(daemon.ends.splice(0)).toEqual([`cancelled ${signal}`])
    await daemon.close()
    daemon = await fakeTracking()
  }
})

test('a program that handles the signal itself decides', async () => {
  const script = runScript(
    "const task = track('job'); await task.ready; process.on('SIGTERM', () => process.exit(0)); setInterval(() => {}, 1000); console.log('ready')",
    env(),
  )
  await script.said('ready')
  script.signal('SIGTERM')
  expect(await script.ended).toMatchObject({ code: 0, signal: null })
  expect(daemon.ends).toEqual(['done'])
})

test('work that takes task.signal ends by itself; a second signal does not wait for it', async () => {
  const source = (body: string) => `await track('job', async (task) => {
    await task.ready
    const stopped = new Promise((resolve) => task.signal.addEventListener('abort', resolve))
    const timer = setInterval(() => {}, 1000)
    console.log('ready')
    await stopped
    console.log('stopping')
    ${body}
    clearInterval(timer)
    await task.result('last')
    task.signal.throwIfAborted()
  }).catch((error) => { console.log(error.name); process.exitCode = 9 })`
  const polite = runScript(source(''), env())
  await polite.said('ready')
  polite.signal('SIGTERM')
  expect(await polite.ended).toMatchObject({ code: 9, stdout: 'ready\nstopping\nTaskCancelled\n' })
  expect(rows()).toEqual(['last'])
  expect(daemon.ends).toEqual(['cancelled the task was cancelled'])
  await daemon.close()
  daemon = await fakeTracking()
  const stubborn = runScript(source('await new Promise(() => {})'), env())
  await stubborn.said('ready')
  stubborn.signal('SIGINT')
  await stubborn.said('stopping')
  stubborn.signal('SIGINT')
  expect(await stubborn.ended).toMatchObject({ code: null, signal: 'SIGINT' })
  expect(daemon.ends).toEqual(['cancelled SIGINT'])
})

test('the daemon goes away for good: the program ends as it would, and says what is lost', async () => {
  const script = runScript(
    "const task = track({ name: 'job', autostart: false }); await task.result(1); console.log('ready'); await new Promise((r) => setTimeout(r, 300)); task.result(2)",
    env(),
  )
  await script.said('ready')
  await daemon.close()
  const ran = await script.ended
  expect(ran.code).toBe(0)
  expect(ran.stderr).toContain('cannot tell how the task ended')
  expect(ran.stderr).toContain('cannot deliver 1 results')
})

test('PTRACK_OFF=1: not a word to anybody', async () => {
  const ran = await run("const task = track('job'); task.update({ percent: 1 }); console.log(await task.result(1))", {
    PTRACK_OFF: '1',
  })
  expect(ran).toMatchObject({ code: 0, stdout: 'null\n', stderr: '' })
  expect(daemon.starts).toEqual([])
})

test('without a name it is the script’s', async () => {
  await run('track()')
  expect(daemon.starts[0]!.definition.name).toMatch(/^node-\d+$/)
})

test('CommonJS programs have it by require', async () => {
  const ran = await runNode(
    ['-e', `const { track } = require(${JSON.stringify(join(root, 'dist/index.cjs'))}); track('job').result(1)`],
    env(),
  ).ended
  expect(ran).toMatchObject({ code: 0, stderr: '' })
  expect(rows()).toEqual([1])
  expect(daemon.ends).toEqual(['done'])
})

test('an idle client does not keep its program alive; a listener does, until it is called off', async () => {
  daemon.answers.list = () => []
  expect(await run("const ptrack = await connect(); await ptrack.list(); console.log('end')")).toMatchObject({
    code: 0,
    stdout: 'end\n',
    stderr: '',
  })
  const source =
    "const ptrack = await connect(); const off = ptrack.on('paused', () => {}); await ptrack.list(); console.log('listening')"
  const deaf = await run(`${source}; off()`)
  expect(deaf).toMatchObject({ code: 0, stdout: 'listening\n' })
  const alive = runScript(`${source}; setTimeout(() => console.log('still'), 500).unref()`, env())
  await alive.said('still')
  alive.signal('SIGKILL')
  await alive.ended
})
