/** Changes of the same processes that arrive together: what was looked at still holds when the change is made, or nothing changes. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, define } from '../support/jobs.ts'
import { said } from '../support/runs.ts'

let t: TestHome
let client: Client
beforeAll(async () => {
  t = await testHome()
  client = await clientOf(t)
})
afterAll(async () => {
  client?.close()
  await t?.close()
})

const service = (name: string, script = 'exec sleep 3600') =>
  define(t, client, { name, kind: 'service', command: ['/bin/sh', '-c', script] })
const environments = (): string[] => readdirSync(join(t.home, 'env'))

test('of two starts under one name one is refused, and the other has its own environment', async () => {
  const begin = (value: string) =>
    client
      .request('start', {
        definition: {
          name: 'twice',
          kind: 'service',
          cwd: t.dir,
          command: ['/bin/sh', '-c', 'echo "it is $WHICH"; exec sleep 3600'],
        },
        env: { caller: { PATH: process.env.PATH! }, set: { WHICH: value } },
      })
      .then(
        () => value,
        (error: Error) => error.message,
      )
  const told = await Promise.all([begin('first'), begin('second')])
  expect(told).toEqual(['first', expect.stringMatching(/^cannot define 'twice': /)])
  await t.until(() => said(t, 'twice') !== '', 'it has said which')
  expect(said(t, 'twice')).toBe('it is first\n')
  expect(readFileSync(join(t.home, 'env', 'twice.json'), 'utf8')).not.toContain('second')
})

test('a start that is refused for its port leaves no environment behind', async () => {
  const [holds] = await client.request('start', {
    definition: { name: 'holds', kind: 'service', cwd: t.dir, command: [program('listens.mjs')], ports: ['auto'] },
    env: { caller: { PATH: process.env.PATH! }, set: {} },
  })
  const { port } = holds!.view!.ports[0]!
  await t.until(async () => (await t.ls('holds'))?.health === 'healthy', 'it listens')
  const refused = client.request('start', {
    definition: { name: 'wants', kind: 'service', cwd: t.dir, command: ['true'], ports: [port] },
    env: { caller: {}, set: { PASSWORD: 'x' } },
  })
  await expect(refused).rejects.toMatchObject({ code: 'PORT_TAKEN' })
  expect(environments()).not.toContain('wants.json')
})

test('a scale that cannot have all its names makes none of them', async () => {
  await service('fleet')
  await service('fleet:2')
  await expect(client.request('scale', { target: 'fleet', instances: 4 })).rejects.toMatchObject({ code: 'DUPLICATE_NAME' })
  expect((await client.request('list', {})).map(({ name }) => name)).not.toContain('fleet:1')
})

test('who waits for a job that is deleted is told that it was not done', async () => {
  await define(t, client, { name: 'gone', command: ['/bin/sh', '-c', 'exec sleep 3600'] })
  // On one connection, so that it is heard first.
  const waiting = client.request('wait', { targets: ['gone'] })
  await client.request('delete', { targets: ['gone'] })
  const [{ ok, error }] = (await waiting) as [ActionResult]
  expect([ok, error]).toEqual([false, expect.objectContaining({ code: 'FAILED', message: 'gone was cancelled' })])
})
