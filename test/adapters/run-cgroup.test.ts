/** Hard limits in a made-up tree of cgroup v2: files that the kernel would make are made by the test. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createRunCgroup, runCgroup } from '../../src/adapters/run-cgroup.ts'

const none = { memoryBytes: null, cpus: null, pids: null }
const RUN = 'a1b2c3d4e5f60001'
let own: string
beforeEach(() => {
  own = join(mkdtempSync(join(tmpdir(), 'ptrack-cgroup-')), 'ptrack.service')
  make(own)
  put('cgroup.controllers', 'cpu memory pids\n')
  put('cgroup.procs', `${process.pid}\n4242\n`)
})
afterEach(() => rmSync(join(own, '..'), { recursive: true }))

const put = (file: string, text: string): void => writeFileSync(join(own, file), text)
const read = (...file: string[]): string => readFileSync(join(own, ...file), 'utf8')
function make(directory: string): void {
  mkdirSync(directory)
  for (const file of ['cgroup.procs', 'cgroup.subtree_control']) writeFileSync(join(directory, file), '')
}
const create = (limits: Partial<typeof none> | { [K in keyof typeof none]?: number }, at = own) =>
  createRunCgroup('web', RUN, { ...none, ...limits }, { own: at, make })

test('limits are written where the kernel reads them, and the daemon leaves the cgroup that hands them on', () => {
  const made = create({ memoryBytes: 64 * 1024 ** 2, cpus: 1.5, pids: 20 })
  const name = `ptrack-web-${RUN}`
  expect(made.procs).toBe(join(own, name, 'cgroup.procs'))
  expect([read(name, 'memory.max'), read(name, 'cpu.max'), read(name, 'pids.max')]).toEqual(['67108864', '150000 100000', '20'])
  expect(read('cgroup.subtree_control').split(' ').sort()).toEqual(['+cpu', '+memory', '+pids'])
  // Of a unit of its own everything moves, one pid a write.
  expect(read('ptrack-daemon', 'cgroup.procs')).toBe('4242')
})

test('from its own place the daemon makes cgroups beside it; what is handed on already is not asked for again', () => {
  put('cgroup.subtree_control', 'cpu memory pids')
  make(join(own, 'ptrack-daemon'))
  const made = create({ pids: 5 }, join(own, 'ptrack-daemon'))
  expect(basename(join(made.procs, '..'))).toBe(`ptrack-web-${RUN}`)
  expect(read('cgroup.subtree_control')).toBe('cpu memory pids')
  expect(read('ptrack-daemon', 'cgroup.procs')).toBe('')
})

test('without its controller a limit is refused, memory is then only watched, and nothing is left', () => {
  put('cgroup.controllers', 'memory\n')
  expect(() => create({ cpus: 1 })).toThrow(/has no cpu controller of cgroup v2; have it delegated .* or start without --cpus$/)
  expect(() => create({ pids: 1 })).toThrow(/has no pids controller/)
  expect(existsSync(join(own, `ptrack-web-${RUN}`))).toBe(false)
  put('cgroup.controllers', '')
  create({ memoryBytes: 1024 ** 2 })
  expect(existsSync(join(own, `ptrack-web-${RUN}`, 'memory.max'))).toBe(false)
  expect(() => createRunCgroup('web', RUN, none, { own: null, make })).toThrow('there is no cgroup v2 here')
})

test('who was killed for want of memory is known from memory.events', () => {
  const made = create({})
  expect(made.outOfMemory()).toBe(false)
  put(`ptrack-web-${RUN}/memory.events`, 'low 0\nmax 7\noom 1\noom_kill 0\n')
  expect(made.outOfMemory()).toBe(false)
  put(`ptrack-web-${RUN}/memory.events`, 'low 0\nmax 7\noom 2\noom_kill 1\n')
  expect(made.outOfMemory()).toBe(true)
})

test('a later daemon finds the cgroup of a run again, and removes it when nothing lives in it', () => {
  mkdirSync(join(own, `ptrack-web-${RUN}`))
  const found = runCgroup('web', RUN, { own, make })!
  expect(found.outOfMemory()).toBe(false)
  put(`ptrack-web-${RUN}/memory.events`, 'oom_kill 1\n')
  expect(found.outOfMemory()).toBe(true)
  // As long as something is in it, the kernel refuses as a file system does.
  found.remove()
  expect(existsSync(join(own, `ptrack-web-${RUN}`))).toBe(true)
  rmSync(join(own, `ptrack-web-${RUN}/memory.events`))
  found.remove()
  expect(existsSync(join(own, `ptrack-web-${RUN}`))).toBe(false)
  expect(runCgroup('web', RUN, { own: null, make })).toBeNull()
})
