/** The round that looks whether each run is alive. */
import { expect, test } from 'vitest'
import { ProcessMonitor } from '../../src/supervisor/process-monitor.ts'
import { liveState, supervisorKit } from './support/supervisor.ts'

test('a run of which only the exit record was found has no group to look at', () => {
  const looked: number[] = []
  const t = supervisorKit({
    table: { bootId: 'b' } as never,
    signaller: { groupExists: (pgid: number) => looked.push(pgid) > 0 } as never,
  })
  const monitor = new ProcessMonitor(t.host, { report: () => undefined })
  const ended = liveState('completing', 1) as { live: { leader: object } }
  // As restore makes it.
  ended.live.leader = { pid: 1, startTicks: 0, bootId: 'none' }
  const alive = liveState('running', 1) as { live: { leader: object } }
  alive.live.leader = { pid: 4711, startTicks: 5, bootId: 'b' }
  t.add({ name: 'ended' }, { runNumber: 1, state: ended })
  t.add({ name: 'alive' }, { runNumber: 1, state: alive })
  monitor.start()
  monitor.stop()
  expect(looked).toEqual([4711])
})
