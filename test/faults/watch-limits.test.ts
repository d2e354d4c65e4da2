/** The system's limits of watched files: told with what raises them, and what is watched goes on being watched. */
import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Ability, findTool, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'

const work = mkdtempSync(join(tmpdir(), 'ptrack-watch-limits-'))
const driver = join(work, 'driver.mjs')
beforeAll(async () => {
  const entry = join(import.meta.dirname, 'support/watch-driver.ts')
  await build({ entryPoints: [entry], outfile: driver, bundle: true, platform: 'node', format: 'esm', logLevel: 'error' })
})
afterAll(() => rmSync(work, { recursive: true, force: true }))

/** A user namespace has limits of its own, which its root may lower. */
const limited = (knob: string, value: number, command: string): string[] => [
  '-Ur',
  'sh',
  '-c',
  `echo ${value} > /proc/sys/user/${knob} && exec ${command}`,
]
/** Limits of a user namespace harm no other program. */
const namespaces: Ability = {
  name: 'user namespaces',
  there: findTool('unshare') !== null && spawnSync('unshare', limited('max_inotify_watches', 5, 'true')).status === 0,
  optional: true,
}

async function watching(
  knob: string,
  value: number,
  act: (told: () => string[], directory: string) => Promise<void>,
): Promise<void> {
  const directory = mkdtempSync(join(work, 'files-'))
  for (let n = 0; n < 20; n++) mkdirSync(join(directory, `d${n}`))
  const child = spawn('unshare', limited(knob, value, `"${process.execPath}" "${driver}" "${directory}"`), {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString()
  })
  child.stderr.on('data', (data: Buffer) => {
    err += data.toString()
  })
  const over = new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal })))
  try {
    await act(() => out.split('\n'), directory)
  } finally {
    child.stdin.end()
  }
  expect([await over, err]).toEqual([{ code: 0, signal: null }, ''])
}

testNeeding('unshare', namespaces)('too many watched files: the others go on being watched', async () => {
  await watching('max_inotify_watches', 5, async (told, directory) => {
    await until(() => told().some((line) => line.startsWith('error ')), 'the limit is told')
    expect(told()[0]).toBe('error the system allows no more watched files; raise it: sysctl fs.inotify.max_user_watches=524288')
    let n = 0
    await until(() => {
      writeFileSync(join(directory, `new-${n++}.js`), '')
      return told().some((line) => line.startsWith('changed new-'))
    }, 'a new file in a directory that is watched')
  })
})

testNeeding('unshare', namespaces)('no watcher at all: that is told too, and nothing ends', async () => {
  await watching('max_inotify_instances', 0, async (told) => {
    await until(() => told().some((line) => line.startsWith('error ')), 'the limit is told')
    expect(told()[0]).toBe('error the system allows no more watchers; raise it: sysctl fs.inotify.max_user_instances=1024')
  })
})
