/** mcp: what a client has started ends after it, and what another has, or what is kept, does not. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { agentOf } from '../support/mcp.ts'
import { type Ident, identOf, isAlive } from '../support/proc.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const SOON = ['--linger', '1s']
/** It listens nowhere, and nobody waits for it to say where. */
const sleeps = { command: ['sleep', '1000'], health: 'none' }

/** What an escapee said of itself. */
async function escapedOf(name: string): Promise<Ident> {
  const pid = await t.until(
    () => Number(/child (\d+)/.exec(readFileSync(t.logFile(`shop/${name}`), 'utf8'))?.[1]) || null,
    'its child has left the group',
  )
  return identOf(pid)!
}

testNeeding('python3')(
  'a client that is killed: its processes are gone after the linger, escapees included; kept and others stay',
  async () => {
    const other = await agentOf(t, { name: 'other agent', args: SOON })
    const agent = await agentOf(t, { name: 'claude-code', args: SOON })
    const session = `claude-code-${agent.pid}`
    await agent.ok('start', { name: 'daemonlike', command: [program('leaves-a-setsid-child.py'), 'stay'], health: 'none' })
    await agent.ok('start', { name: 'kept', ...sleeps, keep: true })
    await agent.ok('start', { name: 'later-kept', ...sleeps })
    await agent.ok('start', { name: 'later-kept', ...sleeps, keep: true })
    await agent.ok('run', { name: 'job', command: ['sleep', '1000'], timeout: 0 })
    await other.ok('start', { name: 'others', ...sleeps })
    const { processes } = await other.ok('list')
    expect(Object.fromEntries(processes.map((each: { name: string; session?: string }) => [each.name, each.session]))).toEqual({
      daemonlike: session,
      kept: undefined,
      'later-kept': undefined,
      job: session,
      others: `other-agent-${other.pid}`,
    })
    const mine = await t.here.json<{ name: string }[]>(['ls', `session:${session}`])
    expect(mine.map(({ name }) => name).toSorted()).toEqual(['daemonlike', 'job'])
    const escaped = await escapedOf('daemonlike')

    await agent.kill()
    await t.until(async () => {
      const byName = new Map((await t.request('list', { all: true })).map((view) => [view.name, view]))
      return byName.get('daemonlike')!.status === 'stopped' && byName.get('job')!.pid === null
    }, 'what belonged to it has ended')
    await t.until(() => !isAlive(escaped), 'what had escaped is gone too')
    for (const name of ['kept', 'later-kept', 'others']) expect(await t.ls(name)).toMatchObject({ status: 'running' })
    expect(await other.ok('why', { name: 'daemonlike' })).toMatchObject({ status: 'stopped', reason: `session ${session} ended` })
    await other.ok('stop', { name: ['kept', 'later-kept'] })
    await other.close()
  },
)

test('the next client claims what it starts again, before it is ended', async () => {
  const first = await agentOf(t, { args: ['--linger', '1h'] })
  const { pid } = await first.ok('start', { name: 'web', ...sleeps })
  await first.close()
  const second = await agentOf(t, { args: SOON })
  expect(await second.ok('start', { name: 'web', ...sleeps })).toMatchObject({
    pid,
    note: 'already running',
    session: `agent-${second.pid}`,
  })
  await second.close()
  await t.until(async () => (await t.ls('web'))?.status === 'stopped', 'it ends with the one that claimed it')
})

test('two clients at once: one process, each sees what the other does', async () => {
  const [a, b] = await Promise.all([agentOf(t, { name: 'a' }), agentOf(t, { name: 'b' })])
  const answers = await Promise.all([a.ok('start', { name: 'shared', ...sleeps }), b.ok('start', { name: 'shared', ...sleeps })])
  expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1)
  const ended = b.ok('wait', { name: 'shared', timeout: 30 })
  await a.ok('stop', { name: 'shared' })
  expect(await ended).toMatchObject({ outcome: 'ended', status: 'stopped' })
  await Promise.all([a.close(), b.close()])
})
