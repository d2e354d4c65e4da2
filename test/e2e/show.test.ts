/** What `show` knows beside the view: where a definition comes from, who needs it, who is connected. */
import { writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PortHolderView, ProcessDetail, ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const shown = (name: string) => t.here.json<ProcessDetail>(['show', name])

test('a definition names the command that made it, without the values of variables', async () => {
  await t.ok(['start', '--name', 'web', '--env', 'KEY=s3cret', '--instances', '2', '--', program('waits.sh')])
  const { definedBy, instance } = await shown('web:1')
  expect(instance).toEqual({ of: 'web', index: 1 })
  expect(definedBy).toMatchObject({ client: 'cli', file: null })
  expect(definedBy!.command!.join(' ')).toContain('start --name web --env KEY=*** --instances 2 --')
  expect(JSON.stringify(definedBy)).not.toContain('s3cret')
  await t.here.ok(['scale', 'web', '3'])
  expect((await shown('web:2')).definedBy).toEqual(definedBy)
  expect((await t.here.ok(['show', 'web:1'])).stdout).toContain('KEY=***')
  const list = await t.here.json<ProcessView[]>(['ls'])
  expect(list.map((view) => view.instance?.index)).toEqual([0, 1, 2])
})

test('of a process in a file the file is named too, and a daemon that comes later still knows', async () => {
  const file = join(t.dir, 'ptrack.yaml')
  writeFileSync(file, `project: none\nprocesses:\n  api:\n    command: ${program('waits.sh')}\n`)
  await t.ok(['up', '-f', file])
  const before = await shown('api')
  expect(before.definedBy).toMatchObject({ file, command: expect.arrayContaining(['up']) })
  await t.here.ok(['daemon', 'restart'])
  expect((await shown('api')).definedBy).toEqual(before.definedBy)
})

test('what waits for a process is needed by it, by its own name and that of its set', async () => {
  await t.here.ok(['start', '--name', 'base', '--instances', '2', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'one', '--after', 'base:0', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'all-of-it', '--after', 'base:started', '--', program('waits.sh')])
  const neededBy = async (name: string) => (await shown(name)).neededBy.map((each) => `${each.name} ${each.condition}`).sort()
  expect(await neededBy('base:1')).toEqual(['all-of-it started'])
  expect((await neededBy('base:0')).map((words) => words.split(' ')[0])).toEqual(['all-of-it', 'one'])
  expect((await t.here.ok(['show', 'base:0'])).stdout).toMatch(/needed by +.*all-of-it \(started\)/)
})

test('open connections to a port are counted', async () => {
  await t.here.ok(['start', '--name', 'served', '--port', 'auto', '--', process.execPath, program('serves-port.mjs')])
  const { ports } = await shown('served')
  const { port } = ports[0]!
  expect(ports[0]!.connections).toBe(0)
  const caller = connect(port, '127.0.0.1')
  try {
    await t.until(async () => (await shown('served')).ports[0]!.connections === 1, 'the connection is counted')
    expect(await t.here.json<PortHolderView[]>(['port', String(port)])).toMatchObject([{ connections: 1 }])
    expect((await t.here.ok(['port', String(port)])).stdout).toContain('1 open connection')
  } finally {
    caller.destroy()
  }
})
