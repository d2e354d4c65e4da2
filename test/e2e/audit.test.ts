/** Who did what, kept across daemons, and what of it one that may not see everything is shown. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { WhyView } from '../../src/protocol/view.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { clientOf } from '../support/jobs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

async function asked(params: { targets?: string[]; owner?: string; beforeMs?: number; max?: number }) {
  const client = await clientOf(t)
  try {
    return await client.request('audit', params)
  } finally {
    client.close()
  }
}

test('a signal, a restart and a change say who asked and by what command, in `why` too, and after the daemon has gone', async () => {
  await t.ok(['start', '--name', 'web', '--tag', 'front', '--env', 'KEY=s3cret', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'other', '--', program('waits.sh')])
  await t.ok(['signal', 'WINCH', 'web'])
  await t.ok(['restart', 'tag:front'])
  await t.ok(['set', 'web', '--nice', '1'])
  process.kill((await t.here.json<{ pid: number }>(['daemon', 'status'])).pid, 'SIGKILL')
  const { entries, more } = await asked({ targets: ['web'] })
  expect(more).toBe(false)
  expect(entries.map(({ method, detail, command }) => [method, detail, command?.[0]])).toEqual([
    ['set', 'nice', 'set'],
    ['restart', null, 'restart'],
    ['signal', 'SIGWINCH', 'signal'],
    ['start', 'defined', 'start'],
  ])
  expect(entries[1]).toMatchObject({ targets: ['tag:front'], processes: ['web'], client: 'cli', token: null })
  expect(JSON.stringify(entries)).not.toContain('s3cret')
  const { actions } = await t.json<WhyView>(['why', 'web'])
  expect(actions.map(({ method }) => method)).toEqual(['start', 'signal', 'restart', 'set'])
  expect((await t.ok(['why', 'web'])).stdout).toMatch(/^ +[\d:]+ {2}\S+: ptrack signal WINCH web$/m)

  const [newest] = entries
  expect(await asked({ targets: ['web'], max: 1 })).toMatchObject({ entries: [{ method: 'set' }], more: true })
  expect((await asked({ beforeMs: Date.parse(newest!.at), max: 1 })).entries[0]!.method).toBe('restart')
  // What concerns no process is there where none is named.
  expect((await asked({})).entries.length).toBeGreaterThan(entries.length)
  // Of whoever owns nothing here there is nothing to see.
  expect((await asked({ owner: 'nobody' })).entries).toEqual([])
})
