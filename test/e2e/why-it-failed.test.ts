/** What a person is shown when something did not start, or is waited for in vain: the reason, from the right run, and what to do. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessDetail, ProcessView, WhyView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

const sh = (script: string): string[] => ['--', 'sh', '-c', script]

test('the last words of a run name its error, without colours and without those of other runs', async () => {
  const chatter = 'for n in 1 2 3 4 5 6 7 8 9; do echo "GET /$n"; done'
  const trace = `printf '\\033[31mError: DATABASE_URL is not set\\033[0m\\n' >&2; n=0; while [ $n -lt 15 ]; do echo "    at frame $n" >&2; n=$((n+1)); done`
  const script = `${chatter}; if [ -e broken ]; then ${trace}; exit 1; fi; exec sleep 3600`
  await t.here.ok(['start', '--name', 'api', '--restart', 'never', ...sh(script)])
  await t.here.ok(['stop', 'api'])
  writeFileSync(join(t.dir, 'broken'), '')
  const { code, stderr } = await t.here.run(['start', 'api'])
  expect(code).toBe(1)
  expect(stderr).toContain('| Error: DATABASE_URL is not set\n')
  expect(stderr).toContain('at frame 14')
  expect(stderr).not.toContain('GET /')
  const [why] = [await t.here.json<WhyView>(['why', 'api'])]
  expect(why.failures).toMatchObject([{ run: 2, reason: 'exit code 1' }])
  expect(why.failures[0]!.lines).toHaveLength(16)
  expect(why.failures[0]!.lines[0]).toBe('Error: DATABASE_URL is not set')
})

test('the run that lives is one of its runs, and is shown first', async () => {
  await t.here.ok(['start', '--name', 'mark', '--', 'sleep', '3600'])
  const detail = await t.here.json<ProcessDetail>(['show', 'mark'])
  expect(detail.runs).toMatchObject([{ run: 1, endedAt: null, outcome: null, exitCode: null }])
  await t.here.ok(['restart', 'mark'])
  const { stdout } = await t.here.ok(['show', 'mark'])
  expect(stdout).toMatch(/\n +2 .* alive .*\n +1 .* stopped /)
})

test('a service that is tried again says so, and a command that is not found says no more than that', async () => {
  const failing = await t.here.run(['start', '--name', 'flaps', ...sh('exit 3')])
  expect(failing.stderr).toMatch(/^ptrack: cannot start flaps: exit code 3; the daemon keeps trying.*`ptrack stop flaps`/)
  const missing = await t.here.run(['start', '--name', 'web', '--', 'no-such-program-here'])
  expect(missing.stderr).toBe(
    'ptrack: cannot start web: no-such-program-here is not found in PATH; install it or give its full path\n',
  )
  const again = await t.here.run(['start', '--name', 'web', ...sh('exec sleep 3600')])
  expect(again.code).not.toBe(0)
  expect(again.stderr).toContain('`ptrack set web -- COMMAND`')
  // What the advice says works.
  await t.here.ok(['set', 'web', ...sh('exec sleep 3600')])
  await t.here.ok(['start', 'web'])
  expect(await t.ls('web')).toMatchObject({ status: 'running' })
})

test('wait ends with 1 when what is waited for can never begin, and names what failed', async () => {
  await t.here.ok(['run', '-d', '--name', 'build', ...sh('while [ ! -e go ]; do sleep 0.1; done; exit 3')])
  await t.here.ok(['run', '-d', '--name', 'deploy', '--after', 'build', ...sh('exit 0')])
  await t.here.ok(['run', '-d', '--name', 'announce', '--after', 'deploy', ...sh('exit 0')])
  const waits = [t.here.run(['wait', 'announce', '--timeout', '60s']), t.here.run(['wait', 'build', '--timeout', '60s'])]
  await t.here.ok(['run', '--', 'touch', 'go'])
  const [announce, build] = await Promise.all(waits)
  expect(announce).toMatchObject({ code: 1, stdout: '' })
  expect(announce!.stderr).toMatch(/^ptrack: cannot wait for announce: it waits for build, which has failed: exit code 3; /)
  expect(build).toMatchObject({ code: 1, stdout: '' })
  expect(build!.stderr).toContain('build has failed')
})

test('a turn of its clock while it starts is no failure', async () => {
  const { code, stderr } = await t.here.run(['start', '--name', 'clocked', '--cron', '* * * * * *', '--', 'sleep', '100'])
  expect([code, stderr]).toEqual([0, ''])
  await t.here.ok(['delete', 'clocked'])
})

test('instances that all want one port: the answer to start, scale and up says so, however late they begin to listen', async () => {
  const port = await freePort()
  const listen = `require('node:net').createServer().listen(${port}, '127.0.0.1')`
  writeFileSync(join(t.dir, 'late.js'), `setTimeout(() => ${listen}, 2000 - process.uptime() * 1000)`)
  const started = await t.here.run(['start', 'late.js', '-i', '3'])
  expect([started.code, started.stdout.match(/started/g)]).toEqual([1, ['started']])
  expect(started.stderr).toMatch(/^ptrack: 2 of 3 instances want a port that is taken: .*`ptrack scale late 1`$/m)
  const scaled = await t.here.run(['scale', 'late', '4'])
  expect([scaled.code, scaled.stdout]).toEqual([1, ''])
  expect(scaled.stderr).toMatch(/^ptrack: 1 of 1 instances want a port that is taken/m)
  const whys = await t.here.json<WhyView[]>(['why', 'late'])
  const reasons = new Set(whys.flatMap(({ failures }) => failures.map(({ reason }) => reason)))
  expect([...reasons]).toEqual([
    'exit code 1; a port it wants is taken, and instances can only share one that is declared as a socket (--socket)',
  ])
  // What the advice says keeps the one that has the port.
  await t.here.ok(['scale', 'late', '1'])
  const [kept, ...others] = await t.here.json<ProcessView[]>(['ls', 'late'])
  expect([started.stdout, others]).toEqual([expect.stringContaining(`${kept!.name} started (pid ${kept!.pid})`), []])
  await t.here.ok(['delete', 'late'])
  writeFileSync(join(t.dir, 'ptrack.yaml'), 'processes:\n  late: { command: node late.js, instances: 2 }\n')
  const up = await t.here.run(['up'])
  expect(up.code).toBe(1)
  expect(up.stderr).toContain('1 of 2 instances want a port that is taken')
  await t.here.ok(['delete', 'late'])
})
