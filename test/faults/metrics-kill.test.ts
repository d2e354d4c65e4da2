/** Measurements across kill -9 of the daemon, and with a file that somebody broke: supervision goes on, and what was kept stays. */
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { RING_BYTES } from '../../src/core/metrics-ring.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf } from '../support/jobs.ts'

let t: TestHome | undefined
afterEach(() => t?.close())

const values = (list: readonly (number | null)[]): number[] => list.filter((value) => value !== null)

async function history(targets: string[]) {
  const client = await clientOf(t!)
  try {
    return await client.request('metrics.history', { targets })
  } finally {
    client.close()
  }
}

test('samples of a process and the machine outlive a daemon that is killed, and a process that has ended', async () => {
  t = await testHome()
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  const file = join(t.home, 'metrics.ring')
  await t.until(() => statSync(file, { throwIfNoEntry: false }) !== undefined, 'the first round is on disk', 60_000)
  const kept = await t.until(
    async () => {
      const { machine, processes, stepMs } = await history(['web'])
      expect(stepMs).toBe(15_000)
      const memory = values(processes[0]?.memoryBytes ?? [])
      // The present round is the daemon's memory: another one is on disk.
      return memory.length >= 2 && values(machine.cpuPercent).length >= 1 && memory
    },
    'two rounds',
    60_000,
  )
  expect(Math.min(...kept)).toBeGreaterThan(0)
  process.kill(JSON.parse(readFileSync(join(t.home, 'daemon.json'), 'utf8')).pid, 'SIGKILL')
  await t.here.ok(['stop', 'web'])
  const after = values((await history(['web'])).processes[0]?.memoryBytes ?? [])
  expect(after.length).toBeGreaterThanOrEqual(kept.length - 1)
  expect(after[0]).toBe(kept[0])
  expect(statSync(file).size).toBeLessThanOrEqual(RING_BYTES)

  await t.here.ok(['daemon', 'stop'])
  writeFileSync(file, 'broken')
  await t.here.ok(['start', 'web'])
  expect((await t.ls('web'))!.status).toBe('running')
  expect((await history(['web'])).processes).toEqual([])
  expect((await t.ok(['daemon', 'logs'])).stdout).toContain('they begin anew')
})
