/** The types of the package: equal to the schemas they stand for, and enough by themselves. */
import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, expectTypeOf, test } from 'vitest'
import type { z } from 'zod'
import type { FeedEvent, Ptrack } from '../../src/lib/index.ts'
import type * as inputs from '../../src/lib/inputs.ts'
import type * as definition from '../../src/protocol/definition.ts'
import type { EventPayloads } from '../../src/protocol/events.ts'
import type { Input } from '../../src/protocol/requests.ts'
import { root } from '../support/bundle.ts'

// Checked by the compiler (`npm run types`), not at run time.
test('what is written out is what the schemas say', () => {
  expectTypeOf<inputs.ListFilter>().toEqualTypeOf<Input<'list'>>()
  expectTypeOf<inputs.HistoryQuery>().toEqualTypeOf<Input<'history'>>()
  expectTypeOf<inputs.StatsQuery>().toEqualTypeOf<Input<'stats'>>()
  expectTypeOf<inputs.LimitChanges>().toEqualTypeOf<Input<'limits.set'>>()
  expectTypeOf<inputs.LogsQuery>().toEqualTypeOf<Omit<Input<'logs.read'>, 'targets'>>()
  expectTypeOf<inputs.EventFilter>().toEqualTypeOf<NonNullable<Input<'subscribe'>['filter']>>()
  // As the daemon fills it in: all that has a default, and what it resolves.
  expectTypeOf<keyof definition.Definition>().toEqualTypeOf<keyof z.output<typeof definition.Definition>>()
})

test('an event’s type tells its payload', () => {
  expectTypeOf<Parameters<Ptrack['on']>[0]>().toEqualTypeOf<keyof EventPayloads | 'gap' | 'connected' | 'disconnected'>()
  expectTypeOf<Extract<FeedEvent, { type: 'result' }>['index']>().toEqualTypeOf<number>()
})

const CONSUMER = `
import { connect, track, PtrackError, TaskCancelled, type ProcessView, type ResultRow, type RunningCommand, type Terminal } from 'ptrack'

const value: number = await track('bench', async (task) => {
  task.update({ current: 1, total: 2 })
  const index: number | null = await task.result({ a: 1 })
  await task.step('one', async (step) => step.update({ percent: 5 }))
  return index ?? 0
})
const ptrack = await connect()
const views: ProcessView[] = await ptrack.list({ status: ['running'] })
for await (const row of ptrack.results('bench')) { const r: ResultRow = row; void r }
ptrack.on('completed', (event) => { const status: string = event.status; void status })
await ptrack.start({ name: 'x', kind: 'job', command: ['true'], retries: 2 }, { noWait: true })
const [detail] = await ptrack.show('x')
const ports: number[] = detail!.definition.ports
// @ts-expect-error a word that is no status
await ptrack.list({ status: ['walking'] })
// @ts-expect-error a field that a definition does not have
await ptrack.start({ name: 'x', command: ['true'], color: 'red' })
const terminal: Terminal = await ptrack.attach('x', { size: { rows: 24, columns: 80 } })
terminal.write('help\\r')
for await (const bytes of terminal) void bytes
await terminal.resize({ rows: 40, columns: 120 })
const ran: RunningCommand = await ptrack.exec('x', ['ls'], { input: true })
ran.stdin?.end('rows')
const code: number | null = (await ran.exited).exitCode
await ptrack.send('x', 'quit', { keys: ['ctrl-d'] })
const isOurs = (error: unknown) => error instanceof PtrackError || error instanceof TaskCancelled
void [views, value, ports, code, isOurs]
`

test('a strict project that has nothing but the package compiles against it, as ESM and as CommonJS', () => {
  const project = mkdtempSync(join(tmpdir(), 'ptrack-consumer-'))
  try {
    const installed = join(project, 'node_modules/ptrack')
    mkdirSync(join(installed, 'dist'), { recursive: true })
    for (const file of ['package.json', 'dist/index.d.ts', 'dist/index.d.cts'])
      copyFileSync(join(root, file), join(installed, file))
    mkdirSync(join(project, 'node_modules/@types'))
    for (const name of ['@types/node', 'undici-types'])
      symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
    writeFileSync(join(project, 'esm.mts'), CONSUMER)
    writeFileSync(
      join(project, 'cjs.cts'),
      "import ptrack = require('ptrack')\nvoid ptrack.track('x', (task): number => { task.update({ percent: 1 }); return 1 })\n",
    )
    const flags = '--ignoreConfig --strict --noEmit --skipLibCheck false --target es2023 --module nodenext --types node'
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { status, stdout } = spawnSync(process.execPath, [compiler, ...flags.split(' '), 'esm.mts', 'cjs.cts'], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(status).toBe(0)
    expect(readFileSync(join(installed, 'dist/index.d.cts'), 'utf8')).not.toMatch(/\bfrom ['"]|\bimport\(/)
  } finally {
    rmSync(project, { recursive: true })
  }
})

const SAME = `
import type { Definition, DefinitionInput, TrackOptions } from 'ROOT/dist/index.js'
import type * as protocol from 'ROOT/src/protocol/definition.ts'
import type * as settings from 'ROOT/src/protocol/settings.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Flat<T> = { [K in keyof T]: T[K] }
const same: [
  Same<Flat<DefinitionInput>, Flat<protocol.DefinitionInput>>,
  Same<Flat<Definition>, Flat<protocol.Definition>>,
  Same<NonNullable<TrackOptions['hooks']>[number], settings.HookSpec>,
] = [true, true, true]
void same
`

test('the types that the build writes out are those of the schemas', () => {
  const project = mkdtempSync(join(tmpdir(), 'ptrack-types-'))
  try {
    writeFileSync(join(project, 'same.ts'), SAME.replaceAll('ROOT', root.replace(/\/$/, '')))
    const flags = '--ignoreConfig --strict --noEmit --skipLibCheck --target es2023 --module preserve --moduleResolution bundler'
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const words = [...flags.split(' '), '--allowImportingTsExtensions', '--types', 'node', '--typeRoots']
    const ran = spawnSync(process.execPath, [compiler, ...words, join(root, 'node_modules/@types'), 'same.ts'], {
      cwd: project,
      encoding: 'utf8',
    })
    expect(ran.stdout).toBe('')
  } finally {
    rmSync(project, { recursive: true })
  }
})
