/** mcp: a server is about the project of its directory, and a role says what it may do. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type TestHome, testHome } from '../support/daemon.ts'
import { agentOf } from '../support/mcp.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

/** It listens nowhere, and nobody waits for it to say where. */
const sleeps = { command: ['sleep', '1000'], health: 'none' }
const namesOf = ({ processes }: { processes: { name: string }[] }): string[] => processes.map(({ name }) => name).toSorted()

test('a worktree beside another: the same names, and neither sees the other, unless it is asked for', async () => {
  const [main, tree] = [await agentOf(t, { directory: 'main/shop' }), await agentOf(t, { directory: 'tree/shop' })]
  const first = await main.ok('start', { name: 'web', ...sleeps })
  const second = await tree.ok('start', { name: 'web', ...sleeps })
  expect(second.pid).not.toBe(first.pid)
  const { project: other } = await tree.ok('list')
  expect(other).toMatch(/^shop-[0-9a-f]{4}$/)
  await tree.ok('start', { name: 'only-here', ...sleeps })
  await t.here.ok(['start', '--name', 'nobodys', '--tag', 'x', '--', 'sleep', '1000'])
  expect(namesOf(await main.ok('list'))).toEqual(['web'])
  expect(namesOf(await tree.ok('list'))).toEqual(['only-here', 'web'])

  const { id, number, pid } = (await t.request('list', { targets: [`${other}/only-here`] }))[0]!
  const outside = [
    'only-here',
    `${other}/only-here`,
    id,
    String(number),
    String(pid),
    'nobodys',
    'tag:x',
    `${other}/*`,
    '*/only-here',
  ]
  const tried = [
    ...outside.map((name) => ['stop', name]),
    ...['logs', 'why', 'results', 'wait'].map((tool) => [tool, 'only-here']),
  ]
  for (const [tool, name] of [...tried, ['logs', id], ['results', `${other}/only-here`]])
    expect((await main.refused(tool!, { name })).error, `${tool} ${name}`).toMatchObject({
      code: 'NOT_FOUND',
      message: `cannot find '${name}' in the project shop`,
    })
  expect(namesOf(await main.ok('stop', { name: ['all', '*'] }).then((one) => ({ processes: one.processes ?? [one] })))).toEqual([
    'web',
  ])
  expect(await t.request('list', { all: true })).toMatchObject([
    { name: 'web', status: 'stopped' },
    { pid: second.pid },
    { pid },
    { status: 'running' },
  ])

  const all = await agentOf(t, { directory: 'main/shop', args: ['--all'] })
  expect(namesOf(await all.ok('list'))).toEqual(['nobodys', `${other}/only-here`, `${other}/web`, 'web'])
  expect(await all.ok('stop', { name: 'only-here' })).toMatchObject({ name: `${other}/only-here`, status: 'stopped' })
  expect(await all.ok('start', { name: 'new', ...sleeps })).toMatchObject({ name: 'new' })
  expect(await t.ls('new')).toMatchObject({ fullName: 'shop/new' })
  await Promise.all([main.close(), tree.close(), all.close()])
})

test('--directory: another than that in which it was started, and below a project', async () => {
  const agent = await agentOf(t, { directory: 'elsewhere', args: ['--directory', `${t.dir}/main/shop`] })
  expect(await agent.ok('list')).toMatchObject({ project: 'shop' })
  expect(await agent.ok('run', { command: 'pwd', name: 'where' })).toMatchObject({ lines: [`${t.dir}/main/shop`] })
  expect(await agent.ok('run', { command: 'pwd', name: 'where', cwd: '..' })).toMatchObject({ lines: [`${t.dir}/main`] })
  const below = await agentOf(t, { directory: 'main/shop/deep/down' })
  expect(await below.ok('list')).toMatchObject({ project: 'shop' })
  await Promise.all([agent.close(), below.close()])
  const { code, stderr, stdout } = await t.run(['mcp', '--directory', '/nonexistent/place'])
  expect([code, stdout, stderr]).toEqual([2, '', 'ptrack: cannot serve /nonexistent/place: there is no such directory\n'])
})

test('a viewer looks, an operator acts, and neither does more', async () => {
  const viewer = await agentOf(t, { directory: 'main/shop', args: ['--role', 'viewer'] })
  const { tools } = await viewer.client.listTools()
  expect(tools.map(({ name }) => name).join(' ')).toBe('logs list wait why ports progress results orphans')
  expect(await viewer.ok('list')).toMatchObject({ project: 'shop' })
  for (const [tool, args] of Object.entries({
    start: { name: 'x', ...sleeps },
    run: { command: 'true' },
    stop: { name: 'web' },
    restart: { name: 'web' },
    send: { name: 'web', text: 'x' },
    up: {},
    down: {},
    kill_orphan: { pid: 1, identity: 'x' },
  }))
    expect((await viewer.refused(tool, args)).error).toMatchObject({
      code: 'DENIED',
      message: `cannot ${tool}: this server was started with --role viewer`,
    })
  await viewer.close()
  const operator = await agentOf(t, { directory: 'main/shop', args: ['--role', 'operator'] })
  await operator.ok('start', { name: 'by-operator', ...sleeps })
  expect((await operator.refused('kill_orphan', { pid: 1, identity: 'x' })).error.code).toBe('DENIED')
  await operator.close()
})
