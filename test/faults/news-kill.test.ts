/** News across kill -9 of the daemon: who has looked until when stays, what fails while no daemon watches is news, each user has his own. */
import { afterEach, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import { connectRemote } from '../../src/client/remote.ts'
import type { NewsPage } from '../../src/protocol/overview.ts'
import type { DaemonStatus } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define, gated } from '../support/jobs.ts'

let t: TestHome | undefined
const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) client.close()
  await t?.close()
})

const has = ({ fresh, entries }: NewsPage) => [fresh, entries.map(({ name, what, count, isNew }) => [name, what, count, isNew])]

test('who has looked stays who has looked, and what failed meanwhile is new; an operator has his own mark and sees what is his', async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  const open = async (): Promise<Client> => {
    const client = await clientOf(t!)
    clients.push(client)
    return client
  }
  let admin = await open()
  await define(t, admin, { name: 'mine', command: [program('exits-with.sh'), '3'] }, { owner: 'ann' })
  await t.here.run(['run', '--name', 'well', '--', 'true'])
  await t.here.run(['run', '--name', 'fails', '--', program('exits-with.sh'), '4'])
  const first = await t.until(async () => {
    const news = await admin.request('news.list', {})
    return news.entries.length === 2 && news
  }, 'both are news')
  expect(first.seenAt).toBe(null)
  expect(has(first)).toEqual([
    2,
    expect.arrayContaining([
      ['mine', 'failed', 1, true],
      ['fails', 'failed', 1, true],
    ]),
  ])
  expect(first.entries.find(({ name }) => name === 'fails')).toMatchObject({ run: 1, reason: 'exit code 4' })

  const token = (await t.here.ok(['token', 'create', 'hers', '--role', 'operator', '--owner', 'ann'])).stdout.trim()
  const asAnn = async (): Promise<Client> => {
    await t!.here.ok(['daemon', 'start'])
    const { http } = await t!.here.json<DaemonStatus>(['daemon', 'status'])
    const client = await connectRemote({ url: `http://${http!.host}:${http!.port}`, token })
    clients.push(client)
    return client
  }
  let ann = await asAnn()
  expect(has(await ann.request('news.list', {}))).toEqual([1, [['mine', 'failed', 1, true]]])
  await expect(ann.request('news.list', { owner: 'root' })).rejects.toMatchObject({ code: 'DENIED' })

  const job = gated(t, 'works')
  await define(t, admin, { name: 'works', command: job.command })
  await t.until(() => job.runs().length === 1, 'it works')
  const { seenAt } = await admin.request('news.seen', { untilMs: Date.parse(first.entries[0]!.at) })
  expect(seenAt).toBe(first.entries[0]!.at)
  await t.killDaemon()
  job.end(5)
  await t.until(() => t!.processes().length === 0, 'it has ended unwatched')
  admin = await open()
  const after = await t.until(async () => {
    const news = await admin.request('news.list', {})
    return news.fresh > 0 && news
  }, 'what failed meanwhile is news')
  expect(after.seenAt).toBe(seenAt)
  expect(has(after)[1]).toEqual([
    ['works', 'failed', 1, true],
    ['fails', 'failed', 1, false],
    ['mine', 'failed', 1, false],
  ])
  // Hers is a mark of her own.
  ann = await asAnn()
  expect((await ann.request('news.list', {})).fresh).toBe(1)
  await ann.request('news.seen', { untilMs: Number.MAX_SAFE_INTEGER })
  await t.killDaemon()
  ann = await asAnn()
  expect((await ann.request('news.list', {})).fresh).toBe(0)
  expect((await (await open()).request('news.list', {})).fresh).toBe(1)
})
