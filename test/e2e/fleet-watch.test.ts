/** `ptrack watch` of a fleet: all nodes at one look, and from there to any of them. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { natsServer } from '../support/bus.ts'
import { program } from '../support/daemon.ts'
import { type TestFleet, testFleet } from '../support/fleet.ts'
import { describeNeeding } from '../support/requires.ts'
import { typedIn } from '../support/terminal.ts'
import { WATCH, type WatchTmux, watchTmuxOf } from '../support/watch.ts'

let fleet: TestFleet
let tmux: WatchTmux

describeNeeding(natsServer, 'tmux')('the terminal view of a fleet', () => {
  beforeAll(async () => {
    fleet = await testFleet()
    tmux = watchTmuxOf(fleet.n1)
    await fleet.n1.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
    await fleet.n2.here.ok(['start', '--name', 'lines', '--', program('prints-lines.mjs'), '30', 'stay'])
    await fleet.n2.here.run(['run', '-d', '--name', 'broken', '--', 'sh', '-c', 'exit 3'])
    await fleet.n2.until(async () => (await fleet.n2.ls('broken'))?.status === 'failed', 'it has failed')
  })
  afterAll(async () => {
    tmux?.close()
    await fleet?.close()
  })

  test('shows every node and what runs there; Enter goes to one with all keys, F comes back', async () => {
    const session = 'all'
    const options = typedIn('docs/watch.md', 'ptrack watch --fleet').replace('ptrack watch ', '')
    tmux.watch(session, 100, 30, `${WATCH} ${options}`)
    await tmux.shows(session, /Fleet: All 3 nodes are here .* 3 processes, 1 needs you/)
    await tmux.shows(session, /^.● n1 {2}here for .*, this node, .* 1 process/)
    await tmux.shows(session, /^.● n2 {2}here for .* 2 processes/)
    await tmux.shows(session, /^.● n3 {2}here for .* 0 processes/)
    await tmux.shows(session, /^. {2}✗ broken +Failed: exit code 3/)
    // The other of its node, with what it writes.
    tmux.keys(session, '/')
    tmux.type(session, 'lines')
    tmux.keys(session, 'Enter', 'G')
    await tmux.shows(session, /^▌ {2}● lines /)
    tmux.keys(session, 'Enter')
    await tmux.shows(session, /ptrack @n2 .* live/)
    await tmux.shows(session, /^▌\S lines +Running/)
    await tmux.shows(session, / {2}line 29$/)
    tmux.keys(session, 'r')
    await tmux.shows(session, /Restart lines\?/)
    tmux.keys(session, 'y')
    await fleet.n2.until(async () => (await fleet.n2.ls('lines'))?.run === 2, 'it is restarted there')
    tmux.keys(session, 'F')
    await tmux.shows(session, /Fleet: All 3 nodes are here/)
    await tmux.hides(session, /@n2/)
    tmux.keys(session, 'Escape')
    await tmux.shows(session, /^▌\S web +Running/)
    await tmux.leave(session)
  })

  test('a node that goes away is named, its rows are those of before, and it cannot be opened', async () => {
    const session = 'away'
    tmux.watch(session, 100, 30)
    await tmux.shows(session, /ptrack .* live /)
    tmux.keys(session, 'F')
    await tmux.shows(session, /^. {2}● lines /)
    await fleet.n2.here.ok(['daemon', 'stop'])
    await tmux.shows(session, /Fleet: n2 is away/)
    await tmux.shows(session, /^.↯ n2 {2}away for .*, as last known/)
    await tmux.shows(session, /^. {2}● lines /)
    tmux.keys(session, 'g', 'Enter')
    await tmux.shows(session, /n2 does not answer; what is shown of it is as last known/)
    await fleet.n2.here.ok(['daemon', 'start'])
    await tmux.shows(session, /Fleet: All 3 nodes are here/)
    tmux.keys(session, 'G', 'k', 'Enter')
    await tmux.leave(session)
  })

  test('who is in no fleet is told so, and not on a terminal it is the events of all nodes', async () => {
    const piped = await fleet.n1.here.run(['watch', '--fleet'])
    expect([piped.code, piped.stderr]).toEqual([5, expect.stringContaining('cannot reach the events of the fleet')])
    await fleet.n3.here.ok(['fleet', 'leave'])
    const session = 'none'
    tmux.watch(session, 100, 30, `env PTRACK_HOME='${fleet.n3.home}' ${WATCH} --fleet`)
    await tmux.shows(session, /this home is in no fleet/)
    await tmux.leave(session)
  })
})
