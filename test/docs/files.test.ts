/** docs/files.md against a home in which much has happened: every file that is found is in the page, and the page names no other. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { indexPath, streamPaths } from '../../src/adapters/logs/paths.ts'
import { temporaryName } from '../../src/adapters/state/atomic-file.ts'
import { root } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { describeNeeding } from '../support/requires.ts'

const page = readFileSync(join(root, 'docs/files.md'), 'utf8')
const [inHome] = page.split('## Elsewhere') as [string]
const patterns = [...inHome.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1]!)

/** A name of the page as an expression: NAME, ID, N, TIME and YYYY-MM are what they stand for, and `.out` is also `.err`. */
function expression(pattern: string): RegExp {
  const words: Record<string, string> = {
    NAME: '[^/]+',
    ID: '[0-9a-f]{12}',
    N: '\\d+',
    HASH: '[0-9a-f]{12}',
    TIME: '[\\dTZ-]+',
    'YYYY-MM': '\\d{4}-\\d\\d',
  }
  const text = pattern
    .split(/(NAME|HASH|\bID\b|YYYY-MM|TIME|(?<=[./v])N\b)/)
    .map((part) => words[part] ?? part.replaceAll('.', '\\.').replace(/^\\\.out/, '\\.(out|err)'))
    .join('')
  return new RegExp(`^${text}$`)
}

let t: TestHome
const seen = new Set<string>()
/** Names of all files that stand there now. */
function look(): void {
  for (const entry of readdirSync(t.home, { withFileTypes: true, recursive: true }))
    if (!entry.isDirectory()) seen.add(relative(t.home, join(entry.parentPath, entry.name)))
}
const saw = (pattern: string): Promise<unknown> =>
  t.until(() => {
    look()
    return [...seen].some((name) => expression(pattern).test(name))
  }, `${pattern} is there`)

const get = (path: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => {
    const asked = request({ socketPath: join(t.home, 'daemon.sock'), path }, (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode))
    })
    asked.once('error', reject).end()
  })

describeNeeding('gzip')('docs/files.md', () => {
  beforeAll(async () => {
    t = await testHome()
    // Talks until its log has been rotated more than once, and packed.
    const talk = 'while :; do seq 1 20000; seq 1 20000 >&2; sleep 0.2; done'
    await t.ok(['start', '--name', 'talker', '--log-max', '64k', '--log-keep', '3', '--', 'sh', '-c', talk])
    await t.ok(['run', '-d', '--name', 'worker', '--', 'sh', '-c', 'echo \'::ptrack {"result":1}\'; exec sleep 1000'])
    await t.ok(['run', '--name', 'short', '--', 'true'])
    for (const word of ['first', 'second']) {
      await t.ok(['run', '--name', 'anew', '--', 'echo', word])
      if (word === 'first') await t.ok(['delete', 'anew'])
    }
    await saw('logs/NAME~ID.out.log')
    await t.ok(['run', '-dt', '--name', 'typed', '--', 'cat'])
    await saw('runs/ID.N.tty')
    await t.ok([
      'start',
      '--name',
      'shared',
      '--socket',
      'auto',
      '--out-file',
      'shared.log',
      '--',
      'python3',
      program('serves-inherited-socket.py'),
    ])
    await saw('sockets/ID/hold.N')
    await t.ok(['token', 'create', 'ci'])
    expect(await get('/api/health')).toBe(200)
    for (const pattern of ['daemon.json', 'daemon.sock', 'runs/ID.N', 'results/ID.jsonl', 'access.log', 'history/YYYY-MM.jsonl'])
      await saw(pattern)
    for (const pattern of ['logs/NAME.out.log.N.gz', 'logs/NAME.out.log.N', 'logs/NAME.out.log.meta']) await saw(pattern)
    // The index is written now and then, and at the end of a daemon.
    await t.ok(['daemon', 'restart'])
    await saw('logs/NAME.index')
    // Over 64 KiB together: from then on a change is a line of the journal.
    for (const name of ['a', 'b'])
      await t.ok(['start', '--name', name, '--metadata', `note=${'x'.repeat(40_000)}`, '--', 'sleep', '1000'])
    await t.until(async () => {
      await t.ok(['set', 'a', '--title', `${Math.random()}`])
      look()
      return seen.has('process-state.journal')
    }, 'there is a journal')
    await t.killDaemon()
    for (const file of ['tokens.json', 'env/short.json', 'process-state.json', 'metrics.ring'])
      writeFileSync(join(t.home, file), '{ "broken')
    await t.ok(['ls'])
    await t.run(['start', 'short'])
    for (const pattern of patterns.filter((pattern) => pattern.includes('corrupt'))) await saw(pattern)
  })
  afterAll(() => t?.close())

  /** What takes megabytes, an older ptrack or a while to come about; tests of their own make them. */
  const RARE = [
    'runs/spare.N',
    // It takes a bus: test/e2e/fleet.test.ts.
    'fleet.json',
    // test/e2e/fleet-own.test.ts.
    'fleet/ca.pem',
    'fleet/node.creds',
    'fleet/founder.json',
    'fleet/server.pem',
    'fleet/server.key',
    'fleet/bus.conf',
    'fleet/jetstream/..',
    // test/faults/fleet-jobs.test.ts.
    'fleet/begun/JOB.FENCE.NUMBER',
    // test/adapters/bus/events/outbox.test.ts.
    'fleet-outbox/ID.N.jsonl',
    'fleet-outbox/published.json',
    'daemon.log.N',
    'audit.log.N',
    'access.log.N',
    'process-state.json.old-TIME',
    'process-state.json.vN-TIME',
    'history/YYYY-MM.jsonl.old-TIME',
  ]

  test('every file of a busy home is in the page', () => {
    const moments =
      /(^|\/)\.[^/]+\.tmp$|\.index\.tmp$|\.log\.([0-9a-f]+\.tmp|0|0\.new)$|^sockets\/\w+\/[\w.-]+\.(sh|sh\.pid|ctl|ctl\.loaded)$/
    const all = patterns.map(expression)
    expect([...seen].filter((name) => !moments.test(name) && !all.some((one) => one.test(name)))).toEqual([])
  })

  test('every file of the page was there', () => {
    expect(patterns.length).toBeGreaterThan(20)
    const missing = patterns.filter((pattern) => ![...seen].some((name) => expression(pattern).test(name)))
    expect(missing.filter((pattern) => !RARE.includes(pattern))).toEqual([])
  })

  test('files of a moment are called as the page says', () => {
    const log = streamPaths('logs', 'NAME', 'out')
    const names = [log.copied, log.temporary('TOKEN'), log.archive(0, false), `${indexPath('logs', 'NAME')}.tmp`]
    names.push(...['process-state.json', 'process-state.journal', 'tokens.json', 'token-secret'].map(temporaryName))
    for (const name of names) expect(page).toContain(`\`${name}\``)
  })
})
