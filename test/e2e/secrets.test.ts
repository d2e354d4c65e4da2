/** Secrets that programs let slip: masked wherever a person or a page reads, whatever the way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Client } from '../../src/client/client.ts'
import type { PtrackEvent } from '../../src/protocol/events.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { clientOf, reachesAll } from '../support/jobs.ts'

// Made up, and put together from pieces, so that no scanner takes this file for a leak.
const letters = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zAbCdEfGhIjKlMnOpQ'
const SECRETS: Record<string, string> = {
  github: `${'gh'}p_${letters.slice(0, 36)}`,
  gitlab: `${'gl'}pat-${letters.slice(0, 20)}`,
  aws: `${'AK'}IAQ7XW2ZK9PL4MB8VN`,
  slack: `${'xo'}xb-123456789012-1234567890123-${letters.slice(0, 24)}`,
  stripe: `${'sk'}_live_${letters.slice(0, 24)}`,
  google: `${'AI'}za${letters.slice(0, 35)}`,
  openai: `${'s'}k-proj-${letters.slice(0, 40)}`,
  anthropic: `${'s'}k-ant-api03-${letters.slice(0, 40)}`,
  npm: `${'np'}m_${letters.slice(0, 36)}`,
  jwt: `${'ey'}JhbGciOiJIUzI1NiJ9.${'ey'}JzdWIiOiIxMjM0NTY3ODkwIn0.${letters.slice(0, 43)}`,
}
/** What must be seen of none of them. */
const leaked = (text: string): string[] => Object.keys(SECRETS).filter((name) => text.includes(SECRETS[name]!.slice(9)))
const sentence = Object.values(SECRETS).join(' and ')

let t: TestHome
let client: Client
const events: PtrackEvent[] = []
const pages: string[] = []
beforeAll(async () => {
  t = await testHome()
  client = await clientOf(t)
  client.on('event', ({ event }) => void events.push(event))
  client.on('views', (changed) => void pages.push(JSON.stringify(changed)))
  await client.request('subscribe', { views: true })
  // Its own text is no secret of the command line: it comes from the environment, as it would.
  const body = `echo "using $SECRETS"; echo "failed with $SECRETS" >&2
    echo '::ptrack {"progress":50,"message":"'"$SECRETS"'","metadata":{"told":"'"$SECRETS"'","apiKey":"'"$ONE"'"},"step":{"id":"s","name":"'"$ONE"'","message":"'"$SECRETS"'","error":"'"$SECRETS"'"}}'
    exit 3`
  await client.request('start', {
    definition: { name: 'leaky', kind: 'job', command: ['sh', '-c', body], cwd: t.dir },
    env: { caller: { PATH: process.env.PATH! }, set: { SECRETS: sentence.slice(0, 900), ONE: SECRETS.github! } },
  })
  await reachesAll(t, client, { leaky: 'failed' })
})
afterAll(async () => {
  client?.close()
  await t?.close()
})

describe('of a program that tells all its secrets', () => {
  test.each([
    ['logs', ['logs', 'leaky', '-n', '100']],
    ['logs as JSON', ['logs', 'leaky', '--json']],
    ['why', ['why', 'leaky']],
    ['why as JSON', ['why', 'leaky', '--json']],
    ['show', ['show', 'leaky']],
    ['show as JSON', ['show', 'leaky', '--json']],
    ['ls', ['ls', '--json']],
    ['events', ['events', '--json']],
    ['env', ['env', 'leaky', '--json']],
    ['history', ['history', '--json']],
  ])('%s shows none', async (_, args) => {
    const { stdout, stderr } = await t.here.run(args)
    expect(leaked(stdout + stderr)).toEqual([])
    expect(stdout).toMatch(/leaky|\*\*\*/)
  })

  test('nor do the events and views that a page subscribes to', async () => {
    await t.until(() => events.some(({ type }) => type === 'completed') && pages.length > 0, 'all is told')
    expect(JSON.stringify(events.filter(({ type }) => type === 'progress' || type === 'step'))).toMatch(
      /progress.*\*\*\*|\*\*\*.*progress/,
    )
    expect(leaked(JSON.stringify(events))).toEqual([])
    expect(leaked(pages.join())).toEqual([])
  })

  test('nor does `logs -f`, nor the daemon’s own log', async () => {
    const { cursor } = await client.request('logs.read', { targets: ['leaky'] })
    const lines: string[] = []
    client.on('logs', (page) => void lines.push(...page.lines.map(({ text }) => text)))
    await client.request('logs.follow', { cursor })
    await client.request('restart', { targets: ['leaky'], noWait: true })
    await t.until(() => lines.length >= 3, 'the next run is followed')
    expect(leaked(lines.join())).toEqual([])
    expect(lines.join()).toContain('***')
    expect(leaked(t.logTail(1000))).toEqual([])
  })
})

test('the last lines that a failed start shows are masked', async () => {
  const { code, stdout, stderr } = await t.here.run(
    ['start', '--name', 'brief', '--', 'sh', '-c', 'echo "no: $SECRETS" >&2; exit 1'],
    { env: { SECRETS: sentence.slice(0, 900) } },
  )
  expect(code).toBe(1)
  expect(stderr).toContain('***')
  expect(leaked(stdout + stderr)).toEqual([])
})

test('what an external program says of its end is masked', async () => {
  const { id, runId } = await client.request('track.start', { definition: { name: 'outside' } })
  const error = `refused ${sentence}`.slice(0, 1500)
  const view = await client.request('track.end', { who: { id, runId }, outcome: 'failed', error })
  expect(leaked(JSON.stringify(view))).toEqual([])
  expect(view.error?.message).toContain('***')
  const seen = await client.request('why', { targets: ['outside'] })
  expect(leaked(JSON.stringify(seen))).toEqual([])
  const { rows } = await client.request('history', { targets: ['outside'] })
  expect(rows).toHaveLength(1)
  expect(leaked(JSON.stringify(rows))).toEqual([])
  expect(leaked(JSON.stringify(events))).toEqual([])
})
