/** send: text and keys at the terminal of a program. */
import { afterAll, beforeAll, expect } from 'vitest'
import { type TestHome, testHome } from '../support/daemon.ts'
import { testNeeding } from '../support/requires.ts'
import { said } from '../support/runs.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
})
afterAll(async () => {
  await t?.close()
})

testNeeding('script')('lines, keys, no Enter, and refusals', async () => {
  const script = 'while read -r line; do echo "got <$line>"; done; echo over; exec sleep 1000'
  await t.here.ok(['run', '-dt', '--name', 'reader', '--', 'sh', '-c', script])
  const reads = (what: string): Promise<unknown> => t.until(() => said(t, 'reader').includes(what), `it reads ${what}`)
  await t.ok(['send', 'reader', 'änd "more"'])
  await reads('got <änd "more">')
  await t.ok(['send', 'reader', 'in ', '--raw'])
  await t.ok(['send', 'reader', '--key', 'X', '--key', 'backspace', '--key', 'Y', '--key', 'enter'])
  await reads('got <in Y>')
  await t.ok(['send', 'reader', '--key', 'ctrl-d'])
  await reads('over')
  // The terminal itself makes a signal of it.
  expect(await t.json(['send', 'reader', '--key', 'ctrl-c', '--json'])).toEqual({ name: 'reader', written: 1 })
  await t.until(async () => (await t.ls('reader'))?.status === 'failed', 'Ctrl-C has ended it')

  const refused = async (...args: string[]) => {
    const { code, stderr } = await t.here.run(['send', ...args])
    return [code, stderr]
  }
  expect(await refused('reader', 'x')).toEqual([
    3,
    'ptrack: cannot send to reader: it has failed; `ptrack start reader` starts it\n',
  ])
  expect(await refused('reader')).toEqual([2, expect.stringContaining('neither a text nor a key is given')])
  expect(await refused('reader', '--key', 'hyper-q')).toEqual([2, expect.stringContaining('there is no such key')])
  expect(await refused('nobody', 'x')).toEqual([4, expect.stringContaining("cannot find 'nobody'")])
})

testNeeding('script')(
  'a stop types what --stop-send says; what does not end of it is killed, and without a terminal it is refused',
  async () => {
    const quits = 'trap \'echo signalled\' TERM; while read -r line; do echo "got <$line>"; [ "$line" != quit ] || exit 7; done'
    const start = (name: string, script: string, ...more: string[]) =>
      t.here.ok(['start', '-t', '--name', name, '--stop-send', 'quit', '--restart', 'never', ...more, '--', 'sh', '-c', script])
    await start('console', quits)
    expect(await t.ok(['stop', 'console'])).toMatchObject({ stdout: 'console stopped\n' })
    expect(said(t, 'console')).toContain('got <quit>')
    expect(said(t, 'console')).not.toContain('signalled')
    expect(await t.ls('console')).toMatchObject({ status: 'stopped', exitCode: 7 })
    expect((await t.ok(['show', 'console'])).stdout).toMatch(/stop +types "quit", SIGKILL after 10s/)

    await start('deaf', 'while read -r line; do echo "got <$line>"; done', '--stop-timeout', '300ms')
    expect((await t.ok(['stop', 'deaf'])).stdout).toContain('needed SIGKILL')
    await t.until(() => said(t, 'deaf').includes('got <quit>'), 'it was typed before')

    const refused = await t.here.run(['start', '--name', 'plain', '--stop-send', 'quit', '--', 'sleep', '1000'])
    expect([refused.code, refused.stderr]).toEqual([
      2,
      'ptrack: cannot type at it to stop it: it has no terminal; add --tty, or leave out --stop-send\n',
    ])
    expect(await t.ls('plain')).toBeUndefined()
  },
)
