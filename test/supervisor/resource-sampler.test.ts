/** What is measured, and who is sent it, by a clock that moves when it is asked to. */
import { expect, test } from 'vitest'
import type { Identity } from '../../src/core/state.ts'
import type { ProcessRow } from '../../src/core/world.ts'
import type { Managed } from '../../src/supervisor/registry.ts'
import { ResourceSampler, SAMPLE_WATCHED_MS } from '../../src/supervisor/resource-sampler.ts'
import { liveState, supervisorKit } from './support/supervisor.ts'

function kit(count: number) {
  const rows = Array.from({ length: count }, (_, index) => ({
    pid: 100 + index,
    ppid: 1,
    pgrp: 100 + index,
    session: 100 + index,
    marker: null,
    startTicks: 5,
    state: 'S',
    rssBytes: 1000,
    cpuMs: 0,
  })) as unknown as ProcessRow[]
  const t = supervisorKit({
    table: {
      bootId: 'b',
      snapshot: () => rows,
      diskIo: () => ({ readBytes: 0, writeBytes: 0 }),
      memory: () => ({ totalBytes: 2, freeBytes: 1 }),
      cpuTimes: () => null,
    } as never,
  })
  const all = rows.map(({ pid }) => {
    const state = liveState('running', 1) as { live: { leader: Identity } }
    state.live.leader = { pid, startTicks: 5, bootId: 'b' }
    return t.add({ name: `p${pid}` }, { runNumber: 1, state })
  })
  let sent: Managed[] = []
  const kept: number[] = []
  const sampler = new ResourceSampler(
    { ...t.host, observed: (managed) => void sent.push(managed) },
    { busy: false },
    { suspect: () => undefined },
    { sampled: (samples) => void kept.push(samples.length) },
  )
  return {
    rows,
    all,
    kept,
    sampler,
    /** Of the next pass. */
    async pass(): Promise<string[]> {
      sent = []
      await t.clock.advance(SAMPLE_WATCHED_MS)
      return sent.map(({ record }) => record.definition.name)
    },
  }
}

test('who watches is sent those that changed, not all that are measured', async () => {
  const { rows, kept, sampler, pass } = kit(50)
  sampler.setWatchers(1)
  expect(await pass()).toHaveLength(50)
  // The share of a processor is known from the second pass on.
  await pass()
  expect(await pass()).toEqual([])
  rows[7]!.cpuMs += 900
  rows[9]!.rssBytes += 4096
  expect(await pass()).toEqual(['p107', 'p109'])
  // It is still again, and that is news too.
  expect(await pass()).toEqual(['p107'])
  expect(await pass()).toEqual([])
  expect(kept.every((samples) => samples === 51)).toBe(true)
  sampler.stop()
})

test('one that says how far it is, is sent with every pass: the time that is left is another', async () => {
  const { all, sampler, pass } = kit(2)
  sampler.setWatchers(1)
  await pass()
  await pass()
  all[1]!.record.tracking = {} as never
  expect(await pass()).toEqual(['p101'])
  sampler.stop()
})
