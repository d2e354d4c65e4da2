/** Projects: two directories with equal names side by side, what a name means where, and what one home had before. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ErrorBody } from '../../src/protocol/errors.ts'
import type { ActionResult } from '../../src/protocol/requests.ts'
import type { ProcessView, ProjectView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { said } from '../support/runs.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  await t.close()
})

const FILE = `processes:
  web: { command: sh hello.sh }
  worker: { command: sleep 3600, instances: 2, after: [web] }
`
/** A directory with that file, which is its working directory. */
function project(path: string, file = FILE): { cwd: string } {
  const cwd = join(t.dir, path)
  mkdirSync(cwd, { recursive: true })
  writeFileSync(join(cwd, 'ptrack.yaml'), file)
  writeFileSync(join(cwd, 'hello.sh'), 'echo "hello from $PTRACK_PROJECT/$PTRACK_NAME"; exec sleep 3600\n')
  return { cwd }
}
/** It has written its line. */
const says = (where: { cwd: string }, project: string): Promise<unknown> =>
  t.until(
    async () => (await t.here.ok(['logs', 'web'], where)).stdout.includes(`hello from ${project}/web`),
    `web of ${project} says hello`,
  )
const fullNames = (views: readonly { fullName: string }[]): string[] => views.map((view) => view.fullName)
const list = async (args: string[], options: { cwd: string } = { cwd: t.dir }): Promise<string[]> =>
  fullNames(await t.here.json<ProcessView[]>(['ls', ...args], options))

test('two of one name: each name means that of its directory, and elsewhere the full name is needed', async () => {
  const shop = project('shop')
  const other = project('other/shop')
  const up = await t.here.ok(['up'], shop)
  expect(up.stdout).toMatch(/^web started \(pid \d+\)$/m)
  await says(shop, 'shop')
  const second = await t.here.ok(['up'], other)
  const [, name] = /the project is (shop-[0-9a-f]{4}) here/.exec(second.stderr)!
  await says(other, name!)
  expect((await t.here.ok(['up'], other)).stdout).toBe('= web     unchanged\n= worker  unchanged\n')
  const all = ['web', 'worker:0', 'worker:1'].flatMap((each) => [`shop/${each}`, `${name}/${each}`])
  expect((await list([])).toSorted()).toEqual(all.toSorted())

  expect(await list(['web'], shop)).toEqual(['shop/web'])
  expect(await list(['worker'], { cwd: join(shop.cwd) })).toEqual(['shop/worker:0', 'shop/worker:1'])
  expect(await list(['w*'], other)).toEqual([`${name}/web`, `${name}/worker:0`, `${name}/worker:1`])
  expect(await list(['.'], shop)).toEqual(['shop/web', 'shop/worker:0', 'shop/worker:1'])
  expect((await list(['*/web'], shop)).toSorted()).toEqual(['shop/web', `${name}/web`].toSorted())
  expect(await list(['shop/'], other)).toEqual(['shop/web', 'shop/worker:0', 'shop/worker:1'])
  const { code, stdout } = await t.here.run(['stop', 'web', '--json'], { cwd: t.dir })
  expect([code, (JSON.parse(stdout) as { error: ErrorBody }).error]).toMatchObject([2, { code: 'AMBIGUOUS' }])

  const [stopped] = await t.here.json<ActionResult[]>(['stop', 'web'], other)
  expect(stopped).toMatchObject({ ok: true, name: 'web', project: name, fullName: `${name}/web` })
  expect((await t.here.ok(['down'], shop)).stdout).toContain('web stopped')
  expect(fullNames(await t.here.json<ProcessView[]>(['ls', '--status', 'running']))).toEqual([
    `${name}/worker:0`,
    `${name}/worker:1`,
  ])

  // Each has its own folder of logs, and its own words for itself.
  expect((await t.here.ok(['logs', 'web'], other)).stdout).toContain(`hello from ${name}/web`)
  expect((await t.here.ok(['logs', 'shop/web'], other)).stdout).toContain('hello from shop/web')
  expect(readdirSync(join(t.home, 'logs')).toSorted()).toEqual(['shop', name!].toSorted())
  await t.here.ok(['delete', `${name}/`, '--purge'], shop)
  expect(readdirSync(join(t.home, 'logs'))).toEqual(['shop'])
  expect(readdirSync(join(t.home, 'env'))).toEqual(['shop'])
})

test('ls groups by project; the projects are listed, and one whose directory is gone says so', async () => {
  const shop = project('shop')
  await t.here.ok(['up'], shop)
  await t.here.ok(['start', '--name', 'alone', '--', 'sleep', '3600'])
  const names = ({ stdout }: { stdout: string }): string[] =>
    stdout
      .trim()
      .split('\n')
      .slice(1)
      .map(
        (line) =>
          line
            .trim()
            .split(/\s+/)
            .find((word) => !/^\d+$/.test(word))!,
      )
  expect(names(await t.here.ok(['ls'], { cwd: t.dir }))).toEqual(['alone', 'shop/', 'web', 'worker:0', 'worker:1'])
  expect(names(await t.here.ok(['ls', '--flat'], { cwd: t.dir }))).toEqual([
    'shop/web',
    'shop/worker:0',
    'shop/worker:1',
    'alone',
  ])
  expect((await t.here.ok(['ls', '-q'], shop)).stdout).toBe('shop/web\nshop/worker:0\nshop/worker:1\nalone\n')
  const known = { name: 'shop', directory: shop.cwd, gone: false, processes: 3, running: 3 }
  expect(await t.here.json<ProjectView[]>(['projects'])).toEqual([known])
  rmSync(shop.cwd, { recursive: true })
  expect((await t.here.ok(['projects'])).stdout).toContain('(gone)')
  await t.here.ok(['delete', 'shop/'])
  expect(await t.here.json<ProjectView[]>(['projects'])).toEqual([])
})

test('start and run: no project unless one is asked for', async () => {
  const shop = project('shop')
  await t.here.ok(['up'], shop)
  await t.here.ok(['start', '--name', 'web', '--', 'sleep', '3600'], { cwd: t.dir })
  await t.here.ok(['start', '--name', 'extra', '--project', '.', '--', 'sleep', '3600'], { cwd: shop.cwd })
  await t.here.ok(['run', '--name', 'job', '--project', 'shop', '--', 'true'], { cwd: t.dir })
  await t.here.ok(['run', '--name', 'first', '--project', '.', '--', 'true'], { cwd: t.dir })
  const own = basename(t.dir)
  expect((await list(['--all'])).toSorted()).toEqual(
    ['shop/web', 'shop/worker:0', 'shop/worker:1', 'web', 'shop/extra', 'shop/job', `${own}/first`].toSorted(),
  )
  // Without a slash a name means the one without a project where there is one.
  expect(await list(['web'], { cwd: '/' })).toEqual(['web'])
  for (const bad of ['none/x', 'a/b', 'web.json', '..', ''])
    expect((await t.here.run(['start', '--name', 'bad', '--project', bad, '--', 'sleep', '9'])).code).toBe(2)
  expect((await t.here.run(['start', '--name', 'nowhere/web', '--', 'sleep', '9'])).stderr).toContain(
    'there is no project nowhere',
  )
  await t.here.ok(['start', '--name', 'plain', '--project', 'none', '--', 'sleep', '3600'], shop)
  expect(await list(['plain'], shop)).toEqual(['plain'])
})

test('the file names its project, --project another, and none leaves names as they were', async () => {
  const named = project('a', `project: store\n${FILE}`)
  await t.here.ok(['up'], named)
  expect(await list(['web'], named)).toEqual(['store/web'])
  const plain = project('b')
  await t.here.ok(['up', '--project', 'none'], plain)
  expect(await list(['web'], plain)).toEqual(['web'])
  expect((await t.here.ok(['up', '--project', 'none'], plain)).stdout).toContain('web     unchanged')
  await t.here.ok(['down', '--project', 'none', '--delete'], plain)
  const none = project('c', `project: none\n${FILE}`)
  await t.here.ok(['up'], none)
  expect(await list(['web'], none)).toEqual(['web'])
  // One file describes one project, and brings it up as it was.
  const refused = await t.here.run(['export'], none)
  expect([refused.code, refused.stdout, refused.stderr]).toEqual([
    2,
    '',
    'ptrack: cannot export to one ptrack.yaml: the processes are of no project, store; name those of one: `ptrack export store/`\n',
  ])
  await t.here.ok(['set', 'worker:*', '--after', 'web'], named)
  const { stdout } = await t.here.ok(['export', '.'], named)
  expect(stdout).toContain('project: store\n')
  writeFileSync(join(named.cwd, 'ptrack.yaml'), stdout)
  expect((await t.here.ok(['up'], named)).stdout).toBe('= web     unchanged\n= worker  unchanged\n')
  expect((await t.here.run(['up'], project('d', `project: a/b\n${FILE}`))).stderr).toContain('a project has letters')
})

test('where nothing is in a project, the next daemon leaves names as they are', async () => {
  const plain = project('plain', 'project: none\nprocesses:\n  web: { command: sleep 3600 }\n')
  await t.here.ok(['up'], plain)
  const { pid } = (await t.ls('web'))!
  await t.killDaemon()
  expect(await t.here.json<ProcessView[]>(['ls'])).toMatchObject([{ fullName: 'web', pid, adopted: true }])
})

test('what a file brought before there were projects moves into its project, alive, with its logs and variables', async () => {
  const shop = project('shop')
  await t.here.ok(['up', '--project', 'none'], shop)
  await t.here.ok(['start', '--name', 'alone', '--after', 'web', '--', 'sleep', '3600'])
  const pid = (await t.ls('web'))!.pid
  const before = await t.until(() => said(t, 'web'), 'it has written its line')
  await t.killDaemon()
  // As a daemon without projects leaves it: it has never saved any.
  const state = join(t.home, 'process-state.json')
  const saved = JSON.parse(readFileSync(state, 'utf8')) as { settings: { projects?: unknown } }
  delete saved.settings.projects
  writeFileSync(state, JSON.stringify(saved))
  // A daemon that was killed within the move had come this far.
  mkdirSync(join(t.home, 'logs/shop'))
  renameSync(t.logFile('web'), join(t.home, 'logs/shop/web.out.log'))
  const [web] = await t.here.json<ProcessView[]>(['ls', 'shop/web', 'shop/*'])
  expect(web).toMatchObject({ fullName: 'shop/web', pid, run: 1, status: 'running' })
  expect(await list([])).toEqual(['shop/web', 'shop/worker:0', 'shop/worker:1', 'alone'])
  expect(readFileSync(join(t.home, 'logs/shop/web.out.log'), 'utf8')).toBe(before)
  expect(readdirSync(join(t.home, 'env/shop')).toSorted()).toEqual(['web.json', 'worker.json'])
  expect((await t.here.ok(['up'], shop)).stdout).toBe('= web     unchanged\n= worker  unchanged\n')
  const [alone] = await t.here.json<{ definition: { after: unknown } }[]>(['show', 'alone', 'web'])
  expect(alone!.definition.after).toEqual([{ name: 'shop/web', condition: 'healthy' }])
  await t.killDaemon()
  expect(await list(['web'])).toEqual(['shop/web'])
})
