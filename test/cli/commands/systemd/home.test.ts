import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { chooseHome, type Home, lookAt } from '../../../../src/cli/commands/systemd/home.ts'
import { cli } from '../../support/run-cli.ts'

const home = (path: string, is: Partial<Home> = {}): Home => ({ path, hasProcesses: false, daemonRuns: false, ...is })
const choose = (...homes: Home[]): string => chooseHome(homes, ({ path }) => `install ${path}`)

test.each<[string, Partial<Home>, Partial<Home>, string]>([
  ['neither is in use', {}, {}, '/own'],
  ['one has processes', {}, { hasProcesses: true }, '/machine'],
  ['one has processes, the daemon of the other has none', { daemonRuns: true }, { hasProcesses: true }, '/machine'],
  ['one has a daemon', {}, { daemonRuns: true }, '/machine'],
  ['both have a daemon', { daemonRuns: true }, { daemonRuns: true }, '/own'],
])('the home of a unit: %s', (_what, own, machine, chosen) => {
  expect(choose(home('/own', own), home('/machine', machine))).toBe(chosen)
})

test('with processes in two homes it is refused, with the command for either', () => {
  expect(() => choose(home('/own', { hasProcesses: true }), home('/machine', { hasProcesses: true, daemonRuns: true }))).toThrow(
    expect.objectContaining({
      code: 'UNSAFE',
      message: expect.stringContaining('/own and /machine each have processes of their own (the daemon of /machine runs)'),
      hint: 'choose one: `install /own` or `install /machine`',
    }),
  )
})

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-home-'))
})
afterEach(() => rmSync(dir, { recursive: true }))

test.each<[string, string, boolean]>([
  ['a state without processes', '{"processes":{}}', false],
  ['a state with one', '{"processes":{"0123456789ab":{}}}', true],
  ['one that cannot be read', '{', true],
])('what a home has: %s', (_what, text, hasProcesses) => {
  expect(lookAt(dir)).toEqual({ path: dir, hasProcesses: false, daemonRuns: false })
  writeFileSync(join(dir, 'process-state.json'), text)
  expect(lookAt(dir)).toMatchObject({ hasProcesses })
})

test('changes that the state does not hold yet count; what is no file does not hold up the command', () => {
  writeFileSync(join(dir, 'process-state.json'), '{"processes":{}}')
  writeFileSync(join(dir, 'process-state.journal'), '{}\n')
  expect(lookAt(dir).hasProcesses).toBe(true)
  rmSync(join(dir, 'process-state.journal'))
  rmSync(join(dir, 'process-state.json'))
  execFileSync('mkfifo', [join(dir, 'process-state.json')])
  expect(lookAt(dir).hasProcesses).toBe(true)
})

test.each(['/h\n[Service]', '/h\tx', '/h\u2028'])('a home that cannot be printed is refused: %j', async (path) => {
  const refused = await cli(['systemd', 'print', '--user', '--home', path])
  expect(refused).toMatchObject({ code: 2, stdout: '' })
  expect(refused.stderr).toMatch(/^ptrack: cannot write a unit for .*; use another directory/)
})
