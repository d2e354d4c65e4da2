/** A real file system of 1 MB that fills up and is emptied again. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statfsSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import { createDaemonLog } from '../../src/adapters/daemon-log.ts'
import { createEnvStore } from '../../src/adapters/env-store.ts'
import { stateKit } from '../adapters/support/state-store.ts'
import { asRoot, needs, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'

const mounting = [asRoot, 'mount', 'umount'] as const

let mounted = ''
beforeAll(() => {
  if (needs(...mounting).skip) return
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-full-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'tmpfs', dir])
  mounted = dir
})
afterAll(() => {
  if (mounted === '') return
  // Lazily: a daemon's log keeps its file open for the life of the process.
  execFileSync('umount', ['-l', mounted])
  rmSync(mounted, { recursive: true })
})

function fill(leaveBytes = 0): string {
  const filler = join(mounted, 'filler')
  const { bavail, bsize } = statfsSync(mounted)
  writeFileSync(filler, Buffer.alloc(bavail * bsize - leaveBytes))
  return filler
}

testNeeding(...mounting)('the state on a full disk: told, kept whole, and saved by itself once there is space', async () => {
  const kit = stateKit(mkdtempSync(join(mounted, 'home-')))
  const store = kit.open()
  await store.load()
  kit.set('a1', { sinceMs: 1, metadata: { filler: 'x'.repeat(100_000) } })
  store.put('a1')
  await store.flush()
  // Space for half of it: the disk takes a part of the file and then no more.
  const filler = fill(50_000)
  kit.set('a1', { sinceMs: 2, metadata: { filler: 'y'.repeat(100_000) } })
  store.put('a1')
  const before = kit.text()
  await expect(store.flush()).rejects.toMatchObject({
    code: 'STATE_WRITE_FAILED',
    message: 'cannot save the state: no space left on device',
  })
  expect(kit.text()).toBe(before)
  expect(kit.entries()).toEqual(['process-state.json'])
  unlinkSync(filler)
  await until(() => store.health().error === null, 'the store recovers by itself')
  expect(JSON.parse(kit.text()).processes.a1.tracked.sinceMs).toBe(2)
  await store.close()
})

testNeeding(...mounting)('an environment on a full disk is refused, and the old one stays', async () => {
  const dir = mkdtempSync(join(mounted, 'env-'))
  const envs = createEnvStore({ dir })
  await envs.write('web', { caller: { A: '1' }, set: {} })
  const filler = fill()
  const big = { caller: { A: 'x'.repeat(50_000) }, set: {} }
  await expect(envs.write('web', big)).rejects.toMatchObject({
    code: 'STATE_WRITE_FAILED',
    message: expect.stringContaining('no space left'),
  })
  expect(envs.read('web')).toEqual({ caller: { A: '1' }, set: {} })
  unlinkSync(filler)
  await envs.write('web', big)
  expect(envs.read('web')).toEqual(big)
})

testNeeding(...mounting)('the log on a full disk throws nothing, and tells later what it lost', () => {
  const file = join(mounted, 'daemon.log')
  const log = createDaemonLog({ file })
  log.info('test', 'before')
  const filler = fill()
  for (let i = 0; i < 100; i++) log.info('test', `${i} ${'x'.repeat(1000)}`)
  unlinkSync(filler)
  log.info('test', 'after')
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n')
  const whole = lines.flatMap((line) => (line.endsWith('}') ? [JSON.parse(line).msg as string] : []))
  expect(whole[0]).toBe('before')
  expect(whole.at(-1)).toBe('after')
  const kept = whole.filter((msg) => /^\d+ x/.test(msg)).length
  expect(whole).toContain(`${100 - kept} lines of this log were lost: the disk did not take them`)
  unlinkSync(file)
})
