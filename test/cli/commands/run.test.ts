import { describe, expect, test } from 'vitest'
import { COMMANDS } from '../../../src/cli/command-table.ts'
import { parseCommand } from '../../../src/cli/parse-command.ts'
import { result, view } from '../../support/views.ts'
import { fakeDaemon } from '../support/fake-daemon.ts'
import { cli } from '../support/run-cli.ts'

/** What `run`, `start` or `set` asks the daemon for. */
async function asked(argv: string[]): Promise<Record<string, unknown>> {
  const daemon = await fakeDaemon({
    start: () => [result({ view: view({ kind: 'job', status: 'pending', queuePosition: 3 }) })],
    set: () => [result()],
    list: ({ targets }) => (targets?.[0] === 'db' ? [view({ name: 'db' })] : [view({ name: 'build', kind: 'job' })]),
  })
  try {
    const ran = await cli(argv, { home: daemon.home })
    expect(ran.stderr).not.toContain('cannot')
    const params = daemon.requests(argv[0] === 'set' ? 'set' : 'start')[0]!
    return { ...((params.definition ?? params.changes) as object), owner: params.owner, targets: params.targets }
  } finally {
    await daemon.close()
  }
}

describe('options of jobs', () => {
  test.each<[string, string[], Record<string, unknown>]>([
    [
      'retries',
      ['--retries', '3', '--retry-initial', '2s', '--retry-max', '1m'],
      { retries: 3, retryInitialMs: 2000, retryMaxMs: 60_000 },
    ],
    ['factor and jitter', ['--retry-factor', '1.5', '--no-retry-jitter'], { retryFactor: 1.5, retryJitter: false }],
    [
      'causes',
      ['--retry-on', 'failure,timeout', '--retry-interrupted'],
      { retryOn: ['failure', 'timeout'], retryInterrupted: true },
    ],
    ['timeout', ['--timeout', '90s'], { timeoutMs: 90_000 }],
    ['no timeout', ['--timeout', 'none'], { timeoutMs: null }],
    ['queue', ['--priority', '-5', '--owner', 'ci', '--type', 'bench'], { priority: -5, owner: 'ci', type: 'bench' }],
    [
      'words',
      ['--title', 'T', '--description', 'D', '--meta', 'a={"b":1}', '--metadata', 'c=d'],
      { title: 'T', description: 'D', metadata: { a: { b: 1 }, c: 'd' } },
    ],
    [
      'after, with conditions',
      ['--after', 'a:started', '--after', 'b:0:healthy'],
      {
        after: [
          { name: 'a', condition: 'started' },
          { name: 'b:0', condition: 'healthy' },
        ],
      },
    ],
    ['after a job: done', ['--after', 'build'], { after: [{ name: 'build', condition: 'done' }] }],
    ['after a service: healthy', ['--after', 'db'], { after: [{ name: 'db', condition: 'healthy' }] }],
    ['cron', ['-d', '--cron', '0 3 * * *', '--cron-overlap', 'queue'], { cron: '0 3 * * *', cronOverlap: 'queue' }],
    ['watch', ['--watch-files', 'src/**', '--watch-files', '*.json'], { watchFiles: ['src/**', '*.json'] }],
    [
      'hooks: two values each',
      ['--on', 'failed,done', 'exec:echo a b', '--retries', '1', '--on', 'cpu>90%', 'webhook:http://x/?a=b'],
      {
        hooks: [
          { on: ['failed', 'done'], run: 'exec:echo a b' },
          { on: ['cpu>90%'], run: 'webhook:http://x/?a=b' },
        ],
        retries: 1,
      },
    ],
  ])('%s', async (_title, options, fields) => {
    expect(await asked(['run', ...(options.includes('-d') ? [] : ['-d']), ...options, '--', 'x'])).toMatchObject(fields)
  })

  test('what was not given is not sent, so that the policy of the type holds', async () => {
    const sent = await asked(['run', '-d', '--', 'x'])
    for (const field of ['retries', 'retryJitter', 'timeoutMs', 'after', 'hooks', 'cron']) expect(sent[field]).toBeUndefined()
  })

  test("a program's own --on is its own", async () => {
    expect(await asked(['run', '-d', 'x', '--on', 'a', 'b'])).toMatchObject({ command: ['x', '--on', 'a', 'b'] })
    expect(await asked(['start', '--on', 'failed', 'exec:a', '--', 'x', '--on'])).toMatchObject({
      command: ['x', '--on'],
      hooks: [{ on: ['failed'], run: 'exec:a' }],
    })
  })

  test('set: names and options in any order; none takes away', async () => {
    expect(await asked(['set', '--on', 'done', 'exec:a', 'web', '--cron', 'none'])).toMatchObject({
      targets: ['web'],
      hooks: [{ on: ['done'], run: 'exec:a' }],
      cron: null,
    })
    expect(await asked(['set', 'web', '--on', 'none', '--after', 'none', '--watch-files', 'none'])).toMatchObject({
      targets: ['web'],
      hooks: [],
      after: [],
      watchFiles: [],
    })
  })

  test.each<[string[], RegExp]>([
    [
      ['run', '--on', 'failed', '--', 'x'],
      /^ptrack: cannot read --on "failed": its second value is missing; write --on failed,done exec:COMMAND\n$/,
    ],
    [['run', '--on=failed'], /second value is missing/],
    [
      ['run', '--retry-factor', '0.5', '--', 'x'],
      /cannot read --retry-factor "0.5": it is not a number in its range; use 1 to 100/,
    ],
    [['run', '--retry-on', 'faliure', '--', 'x'], /did you mean failure\?/],
    [['run', '--cron', '@daily', '--', 'x'], /^ptrack: cannot run by the clock in the foreground.*; add -d\n$/],
    [['limits', 'set', '--owner', 'ci', 'many'], /cannot read --owner "many": it is not a whole number/],
    [['limits', 'set'], /cannot set limits: none was given/],
    [['policy', 'set', 'x'], /nothing to change was given/],
    [['policy', 'set', 'x', '--jitter', 'yes'], /unknown value; use on or off/],
    [['hooks', 'add'], /required option '--on <triggers> <action>' not specified/],
    [['history', '--status', 'running'], /cannot read --status "running": unknown value; use done, failed, /],
    [['retention', 'set', 'logs', '10s'], /cannot read TIME "10s": it is shorter than 1m; write TIME 1m/],
    [['results', 'x', '--format', 'xml'], /unknown value; use table, json or csv/],
    [['progress', '101', '--name', 'x'], /cannot read "101" as progress: it is no percentage from 0 to 100; write 40/],
    [['progress', '--name', 'x'], /nothing to tell was given/],
    [['result', '{', '--name', 'x'], /cannot read "\{" as JSON/],
    [['step', 's', '--status', 'ok', '--of', 'x'], /cannot read --status "ok"/],
    [['progress', '4'], /not inside a process that ptrack started; name one: `ptrack progress --name NAME/],
    [['step', 's'], /name one: `ptrack step --of NAME/],
    [['track', 'end', 'x', '--failed', 'a', '--cancelled'], /it is one of them/],
    [['track'], /a subcommand is required; one of track start, track update, track end\n$/],
    [['hook', 'ls'], /did you mean `ptrack hooks`\?/],
    [['limits', 'ste'], /did you mean `ptrack limits set`\?/],
  ])('%j is refused', async (argv, words) => {
    const ran = await cli(argv, { home: '/nonexistent/ptrack-test' })
    expect(ran.stderr).toMatch(words)
    expect(ran.code).toBe(2)
  })
})

test('every command can be parsed and has help that fits', async () => {
  for (const spec of COMMANDS) {
    const { help } = await parseCommand(spec, ['--help'], { cwd: '/' })
    expect(help).toContain(`ptrack ${spec.name}`)
    expect(spec.summary.length, spec.name).toBeLessThan(110)
  }
})
