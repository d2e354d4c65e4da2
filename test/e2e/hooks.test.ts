import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { ask, define } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { ended, events, reaches } from '../support/runs.ts'
import { emptied } from '../support/shared-home.ts'

let t: TestHome
const closing: (() => void)[] = []
beforeAll(async () => {
  t = await testHome()
})
afterEach(async () => {
  for (const close of closing.splice(0)) close()
  await emptied(t)
})
afterAll(() => t.close())

const file = (name: string): string => join(t.dir, name)
const lines = (name: string): string[] =>
  existsSync(file(name))
    ? readFileSync(file(name), 'utf8')
        .split('\n')
        .filter((line) => line !== '')
    : []
const tells = (name: string): string => `exec:echo "$PTRACK_EVENT $PTRACK_NAME $PTRACK_RUN $PTRACK_REASON" >> ${file(name)}`
const job = (name: string, script: string, more: object = {}) =>
  define(t, { name, kind: 'job', command: ['/bin/sh', '-c', script], ...more })

/** Answers with these statuses in turn, then 200. */
async function server(...statuses: number[]): Promise<{ url: string; bodies: Record<string, unknown>[] }> {
  const bodies: Record<string, unknown>[] = []
  const http = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk: Buffer) => {
      text += chunk.toString()
    })
    request.on('end', () => {
      bodies.push(JSON.parse(text) as Record<string, unknown>)
      response.writeHead(statuses.shift() ?? 200).end()
    })
  })
  closing.push(() => {
    http.closeAllConnections()
    http.close()
  })
  await new Promise<void>((resolve) => {
    http.listen(0, '127.0.0.1', resolve)
  })
  return { url: `http://127.0.0.1:${(http.address() as AddressInfo).port}/`, bodies }
}

describe('what fires', () => {
  test('a hook of a definition for its own process, a global one for all; each end once', async () => {
    const added = await ask(t, 'hooks.add', { on: ['failed,timeout'], run: tells('global') })
    expect(added).toMatchObject({ on: ['failed', 'timeout'], last: null })
    await job('good', 'exit 0', { hooks: [{ on: ['done'], run: tells('own') }] })
    await ended(t, 'good')
    await job('bad', 'exit 3')
    await ended(t, 'bad')
    await job('slow', 'sleep 3600', { timeoutMs: 200 })
    await ended(t, 'slow')
    await t.until(() => lines('global').length === 2 && lines('own').length === 1, 'three hooks were carried out')
    expect(lines('own')).toEqual(['done good 1 '])
    expect(lines('global').sort()).toEqual(['failed bad 1 exit code 3', 'timeout slow 1 ran longer than its timeout of 0.2 s'])
    const list = await t.until(async () => {
      const found = await ask(t, 'hooks.list', {})
      return found.every(({ last }) => last !== null) && found
    }, 'both have told how it went')
    expect(list).toMatchObject([
      { id: added.id, last: { ok: true, detail: 'it exited with 0' } },
      { id: 'good#0', on: ['done'], last: { ok: true } },
    ])
  })

  test('each attempt that is repeated, then the failure', async () => {
    await job('flaky', 'exit 1', {
      retries: 2,
      retryInitialMs: 50,
      retryJitter: false,
      hooks: [{ on: ['retrying', 'failed'], run: tells('told') }],
    })
    await ended(t, 'flaky')
    await t.until(() => lines('told').length === 3, 'three hooks')
    expect(lines('told').sort()).toEqual([
      'failed flaky 3 exit code 1',
      'retrying flaky 1 exit code 1',
      'retrying flaky 2 exit code 1',
    ])
  })

  test('illness, once a run, and memory beyond its mark', async () => {
    writeFileSync(file('well'), '')
    await define(t, {
      name: 'ails',
      command: ['/bin/sleep', '3600'],
      health: { kind: 'exec', command: 'test -e well' },
      healthPeriodMs: 100,
      hooks: [{ on: ['unhealthy'], run: tells('ill') }],
    })
    rmSync(file('well'))
    await define(t, {
      name: 'eats',
      command: [process.execPath, '-e', 'setInterval(() => {}, 1000)'],
      // Makes the daemon look every 3 s.
      maxMemoryBytes: 2 ** 40,
      hooks: [{ on: ['memory>1M'], run: tells('memory') }],
    })
    await t.until(() => lines('memory').length === 1, 'memory was told', 40_000)
    expect(lines('memory')[0]).toMatch(/^memory>1M eats 1 it uses /)
    await t.until(() => lines('ill').length === 1, 'its illness was told')
    expect(lines('ill')).toEqual(['unhealthy ails 1 exec:test -e well exited with 1'])
  })

  test('a run that lasts longer than its predecessors', async () => {
    await job('usual', 'test -e long && exec sleep 3600; exit 0', { hooks: [{ on: ['overrun'], run: tells('told') }] })
    await ended(t, 'usual')
    for (let n = 0; n < 4; n++) {
      await ask(t, 'start', { targets: ['usual'] })
      await ended(t, 'usual')
    }
    writeFileSync(file('long'), '')
    await ask(t, 'start', { targets: ['usual'] })
    await t.until(() => lines('told').length === 1, 'the overrun was told')
    expect(lines('told')[0]).toMatch(/^overrun usual 6 it has run longer than .*, the p95 of its earlier runs$/)
    expect((await t.ls('usual'))?.status).toBe('running')
  })
})

describe('deliveries', () => {
  test('a webhook gets the event as JSON, and again when it did not take it', async () => {
    const { url, bodies } = await server(500, 503)
    await job('bad', 'exit 3', { type: 'benchmark', hooks: [{ on: ['failed'], run: `webhook:${url}` }] })
    await t.until(() => bodies.length === 3, 'the third try', 30_000)
    expect(bodies[0]).toMatchObject({
      event: 'failed',
      name: 'bad',
      type: 'benchmark',
      status: 'failed',
      run: 1,
      exitCode: 3,
      text: 'ptrack: bad failed: exit code 3 (run 1)',
    })
    expect(bodies[2]).toEqual(bodies[0])
    await t.until(async () => (await ask(t, 'hooks.list', {}))[0]?.last?.ok, 'it went well in the end')
  })

  test('an end that was told is not told again by the next daemon, nor is a hook lost that comes after', async () => {
    await ask(t, 'hooks.add', { on: ['failed'], run: tells('told') })
    await job('one', 'exit 1')
    await t.until(() => lines('told').length === 1, 'the first was told')
    await t.killDaemon()
    await job('two', 'exit 1')
    await ended(t, 'two')
    await t.until(() => lines('told').length >= 2, 'the second was told')
    await t.killDaemon()
    await job('three', 'exit 1')
    await t.until(() => lines('told').length >= 3, 'the third was told')
    expect(lines('told').map((line) => line.split(' ')[1])).toEqual(['one', 'two', 'three'])
  })

  test('a run that ended unwatched is told once', async () => {
    await ask(t, 'hooks.add', { on: ['failed', 'done'], run: tells('told') })
    await job('unwatched', `while ! test -e ${file('go')}; do sleep 0.1; done; exit 4`)
    await reaches(t, 'unwatched', 'running')
    await t.killDaemon()
    writeFileSync(file('go'), '')
    await t.until(() => t.processes().length === 0, 'it has ended')
    await ended(t, 'unwatched')
    await t.until(() => lines('told').length > 0, 'it was told')
    await t.killDaemon()
    expect((await t.ls('unwatched'))?.exitCode).toBe(4)
    // The next daemon has been through its start when it carries out another hook.
    await job('other', 'exit 0')
    await t.until(() => lines('told').some((line) => line.includes('other')), 'the other was told')
    expect(lines('told')).toEqual(['failed unwatched 1 exit code 4', 'done other 1 '])
  })
})

describe('hooks.*', () => {
  test('are added, listed, tried and deleted, and outlive the daemon', async () => {
    const { id } = await ask(t, 'hooks.add', { on: ['done'], run: tells('told') })
    await t.killDaemon()
    expect(await ask(t, 'hooks.list', {})).toMatchObject([{ id, on: ['done'] }])
    expect(await ask(t, 'hooks.test', { id })).toMatchObject({ ok: true, detail: 'it exited with 0' })
    expect(lines('told')).toEqual(['test test 1 a test of this hook'])
    expect(await ask(t, 'hooks.test', { run: 'exec:echo no channel >&2; exit 1' })).toMatchObject({
      ok: false,
      detail: 'it exited with 1: no channel',
    })
    expect(await ask(t, 'hooks.delete', { id })).toEqual({ ok: true })
    expect(await ask(t, 'hooks.list', {})).toEqual([])
    await job('silent', 'exit 0')
    await ended(t, 'silent')
    expect((await events(t, 'silent')).length).toBeGreaterThan(0)
    expect(lines('told')).toHaveLength(1)
  })

  test.each([
    ['hooks.add', { on: ['whenever'], run: 'exec:true' }, /^cannot read the trigger 'whenever'/],
    ['hooks.add', { on: ['done'], run: 'true' }, /^cannot read the action 'true'/],
    ['hooks.delete', { id: 'none' }, /^cannot delete the hook 'none': there is none of this id/],
    ['hooks.test', {}, /^cannot test a hook: name either/],
  ] as const)('%s %j is refused', async (method, params, why) => {
    await expect(ask(t, method, params as never)).rejects.toThrow(why)
    expect(await ask(t, 'hooks.list', {})).toEqual([])
  })

  test('a definition with a hook that cannot be read is refused, and nothing is made', async () => {
    await expect(job('x', 'exit 0', { hooks: [{ on: ['whenever'], run: 'exec:true' }] })).rejects.toThrow(/whenever/)
    expect(await t.ls('x')).toBeUndefined()
  })
})
