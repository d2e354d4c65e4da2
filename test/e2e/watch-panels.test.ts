/** The panels of `ptrack watch` on real programs: groups, what needs somebody, details beside, timeline, logs in one, on terminals of three sizes. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { describeNeeding, findTool } from '../support/requires.ts'
import { type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome()
  tmux = watchTmuxOf(t)
  const up = async (project: string, processes: object): Promise<void> => {
    const cwd = join(t.dir, project)
    mkdirSync(cwd)
    writeFileSync(join(cwd, 'ptrack.yaml'), JSON.stringify({ processes }))
    await t.here.ok(['up'], { cwd })
  }
  const waits = [program('waits.sh')]
  await up('shop', {
    db: { command: waits },
    api: { command: ['sh', '-c', 'echo "instance speaks"; exec sleep 3600'], instances: 3, after: 'db' },
    broken: { kind: 'job', command: ['sh', '-c', 'echo "no such table: orders" >&2; exit 3'] },
  })
  await up('ml', {
    train: { kind: 'job', command: ['sh', '-c', 'echo \'::ptrack {"current":40,"total":100}\'; exec sleep 3600'] },
  })
  await t.until(async () => (await statusOf('shop/broken')) === 'failed', 'the job has failed')
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const statusOf = async (fullName: string): Promise<string | undefined> =>
  (await t.here.json<ProcessView[]>(['ls', '--all'])).find((view) => view.fullName === fullName)?.status
const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)
const keys = (session: string, ...names: string[]): void => tmux.keys(session, ...names)

describeNeeding('tmux')('on a terminal', () => {
  test('200x60: groups, what needs somebody, details and runs beside; e goes there, m marks it as seen', async () => {
    const session = 'large'
    tmux.watch(session, 200, 60)
    await shows(session, /─ Needs you 1 ─/)
    await shows(session, /^ ✗ shop\/broken +Failed: exit code 3/)
    await shows(session, /^ ▾ ml 1 +━/)
    await shows(session, /^ ▾ shop 5 +█/)
    await shows(session, /^▌ ✗ broken +Failed: exit code 3.* ▄ /)
    await shows(session, /^ {2}● api ×3 +3 of 3 running/)
    await shows(session, /^ {2}● train +█+░+ {2}40%/)
    // Why it is so, and who did what.
    await shows(session, /│ no such table: orders$/)
    await shows(session, /▸ \S+: \S+/)
    await shows(session, /CPU .*of \d+ cores?, load/)
    keys(session, 'g', 'e')
    await shows(session, /^▌ ✗ broken /)
    keys(session, 'm')
    await shows(session, /shop\/broken is marked as seen/)
    await shows(session, /Nothing needs you\./)
    await t.here.ok(['start', 'shop/broken'])
    await shows(session, /─ Needs you 1 ─/)
    await tmux.leave(session)
  })

  test('120x40: a set is unfolded, its logs are one; a question names who needs it; a timeline', async () => {
    const session = 'middle'
    tmux.watch(session, 120, 40)
    await shows(session, /1 needs you: ✗ shop\/broken/)
    keys(session, '/')
    await shows(session, /^filter: /)
    tmux.type(session, 'api')
    keys(session, 'Enter')
    await shows(session, /^▌ ● api ×3/)
    keys(session, 'z')
    await shows(session, /^ {4}● api:2 +Running/)
    keys(session, 'L')
    await shows(session, /─ Log of shop\/api:0, shop\/api:1, shop\/api:2 ─/)
    for (const index of [0, 1, 2]) await shows(session, new RegExp(`shop/api:${index}   instance speaks$`))
    keys(session, 'Escape', 'Escape', '/')
    await shows(session, /^filter: /)
    tmux.type(session, 'db')
    keys(session, 'Enter')
    await shows(session, /^▌ ● db/)
    keys(session, 'x')
    await shows(session, /─ Stop shop\/db\? ─/)
    await shows(session, /SIGTERM, after 10 s SIGKILL\. It stays stopped over a reboot\./)
    await shows(session, /shop\/api.* needs it and goes on without it\./)
    keys(session, 'n')
    await shows(session, /nothing was done/)
    expect(await statusOf('shop/db')).toBe('running')
    keys(session, 'Escape', 't')
    await shows(session, /─ Timeline ─.*last hour/)
    await shows(session, /^.● train .*█/)
    await shows(session, /^.✗ broken .*▄/)
    keys(session, '-')
    await shows(session, /last 24 hours/)
    await tmux.leave(session)
  })

  test('80x24 and 40x10: no frames, the worst first; keys below are clicked; smaller it says so', async () => {
    const session = 'small'
    tmux.watch(session, 80, 24)
    await shows(session, /^▌✗ shop\/broken +Failed: exit code 3/)
    const row = tmux.screen(session).findIndex((line) => line.includes('? keys'))
    const column = tmux.screen(session)[row]!.indexOf('? keys') + 1
    tmux.type(session, `\x1b[<0;${column};${row + 1}M`)
    await shows(session, /─ Keys ─/)
    await shows(session, /✗ failed/)
    keys(session, 'Escape')
    tmux.run('resize-window', '-t', session, '-x', '40', '-y', '10')
    await shows(session, /^▌✗ shop\/broken/)
    tmux.run('resize-window', '-t', session, '-x', '18', '-y', '3')
    await shows(session, /^18x3: too small/)
    tmux.run('resize-window', '-t', session, '-x', '80', '-y', '24')
    await shows(session, /^▌✗ shop\/broken/)
    await tmux.leave(session)
  })
})
