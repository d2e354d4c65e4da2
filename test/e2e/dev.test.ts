/** `ptrack dev` in a script or CI: what it shows, what ends it and with which code, what it owns, over daemons that die. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { type Dev, directoryWith, startDev } from '../support/dev.ts'
import { peakBytesOf } from '../support/proc.ts'

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
})
afterAll(() => t?.close())

const SERVES = 'command: sh serve.sh, port: auto'
const SERVE = 'exec python3 -u -m http.server "$PORT" --bind 127.0.0.1\n'
const SLEEPS = 'command: sleep 3600'

const project = (name: string, processes: string, files: Record<string, string> = {}): string =>
  directoryWith(t, name, { 'ptrack.yaml': `processes:\n${processes}`, 'serve.sh': SERVE, ...files })
const view = async (name: string): Promise<ProcessView | undefined> =>
  (await t.request('list', { all: true })).find(({ fullName }) => fullName === name)
const status = async (name: string): Promise<string | undefined> => (await view(name))?.status

/** Of `dev` over a file in a directory of its own. */
let count = 0
const begin = (processes: string, args: string[] = [], files: Record<string, string> = {}): { dev: Dev; name: string } => {
  const name = `p${++count}`
  return { dev: startDev(t, project(name, processes, files), args), name }
}

describe('what it shows', () => {
  test('starts, lines behind padded names, readiness with its address, a crash and its next attempt, a changed file', async () => {
    const { dev, name } = begin(
      `  web: { ${SERVES}, watchFiles: ["*.txt"] }
  crasher: { command: "sh -c 'echo boom; printf \\"no end\\"; exit 3'", restartDelay: 30s }
  migrate: { kind: job, command: "echo migrated" }
`,
      [],
      { 'a.txt': '' },
    )
    await dev.shows(/^ptrack {2}\| web ready at http:\/\/127\.0\.0\.1:\d+\/ \([\d.]+ m?s\)$/m)
    await dev.shows(/^web {5}\| Serving HTTP on 127\.0\.0\.1/m)
    await dev.shows(/^migrate \| migrated\n(?:.*\n)*ptrack {2}\| migrate done \(\d+ ms\)$/m)
    // Its last words, whole, and then its end.
    await dev.shows(
      /^crasher \| boom\ncrasher \| no end\nptrack {2}\| crasher ended: exit code 3; next attempt in (29|30)\.\d s$/m,
    )
    writeFileSync(join(t.dir, name, 'a.txt'), 'changed')
    await dev.shows(/^ptrack {2}\| web restarts: a\.txt changed$/m)
    await dev.shows(/^ptrack {2}\| web started again \(run 2, pid \d+\)$/m)
    expect(await dev.end('SIGINT')).toEqual({ code: null, signal: 'SIGINT' })
    expect(dev.text()).toMatch(/^ptrack {2}\| crasher stopped$/m)
    expect(dev.text()).not.toContain('\x1b')
    expect(dev.stderr()).toBe('')
  })

  test('the first failure after 10 s is followed by a run at once: its end is reported, between its last words and that start', async () => {
    const { dev } = begin(`  steady: { command: "sh -c 'echo up; sleep 10.2; echo boom; printf \\"no end\\"; exit 3'" }\n`)
    await dev.shows(
      /^steady \| boom\nsteady \| no end\nptrack \| steady ended: exit code 3; it is started again\nptrack \| steady started again \(run 2, pid \d+\)\nsteady \| up$/m,
    )
    await dev.end('SIGTERM')
  })

  test('what waits for the end of another starts behind its last words and that end', async () => {
    const { dev } = begin(`  first: { kind: job, command: "sh -c 'echo one; printf two'" }
  then: { ${SLEEPS}, after: first }
`)
    await dev.shows(
      /^first {2}\| one\nfirst {2}\| two\n(?:ptrack \| then: waiting.*\n)?ptrack \| first done \(.*\)\nptrack \| then started \(pid \d+\)$/m,
    )
    await dev.end('SIGTERM')
  })

  test('--timestamps, --no-prefix, --only, --json', async () => {
    const files = `  web: { command: "sh -c 'echo hello; exec sleep 3600'" }
  other: { command: "sh -c 'echo not shown; exec sleep 3600'" }
`
    const { dev } = begin(files, ['--timestamps', '--no-prefix', '--only', 'web'])
    await dev.shows(/^\d\d:\d\d:\d\d hello$/m)
    await dev.shows(/^\d\d:\d\d:\d\d ptrack: other started \(pid \d+\)$/m)
    await dev.end('SIGTERM')
    expect(dev.text()).not.toContain('not shown')
    const { dev: json } = begin(files, ['--json'])
    await json.shows(/"text":"not shown"/)
    await json.shows(/"text":"hello"/)
    await json.end('SIGTERM')
    const lines = json.lines().map((line) => JSON.parse(line) as { process: string; stream: string; text: string })
    expect(lines).toContainEqual(expect.objectContaining({ process: 'web', stream: 'out', text: 'hello' }))
    expect(lines).toContainEqual(
      expect.objectContaining({ process: 'web', stream: 'ptrack', text: expect.stringMatching(/^web stopped/) }),
    )
  })

  test('a reader that is slow loses nothing, and does not make it grow', async () => {
    const lines = 200_000
    const cwd = project('slow', `  writer: { kind: job, command: "seq -f 'a line with its number %.0f' ${lines}" }\n`)
    const dev = startDev(t, cwd, [], { reads: false })
    await t.until(async () => (await status('slow/writer')) === 'done', 'all is written')
    // Seven megabytes wait in the file.
    expect(peakBytesOf(dev.pid)).toBeLessThan(200 * 1024 * 1024)
    dev.child.stdout!.resume()
    expect(await dev.ended).toEqual({ code: 0, signal: null })
    const numbers = dev.lines().flatMap((line) => /^writer \| a line with its number (\d+)$/.exec(line)?.[1] ?? [])
    expect(numbers.length).toBe(lines)
    expect(numbers.every((number, i) => Number(number) === i + 1)).toBe(true)
  })

  test('a file with a mistake changes nothing and says where', async () => {
    const cwd = project('mistake', `  web: { ${SLEEPS} }\n  api: { command: sleep 3600, restrat: never }\n`)
    const dev = startDev(t, cwd)
    expect(await dev.ended).toMatchObject({ code: 2 })
    expect(dev.stderr()).toMatch(/ptrack\.yaml:3.*`restrat`.*did you mean `restart`/)
    expect(dev.text()).toBe('')
    expect(await view('mistake/web')).toBeUndefined()
  })
})

describe('the end', () => {
  const NEVER = 'restart: never'
  test.concurrent.each<[string, string, string[], number]>([
    ['a failure', `  web: { ${SLEEPS} }\n  api: { command: "sh -c 'exit 3'", ${NEVER} }\n`, [], 3],
    ['a program that is not there', `  web: { ${SLEEPS} }\n  api: { command: /no/such/program }\n`, [], 127],
    ['all jobs done', '  a: { kind: job, command: "true" }\n  b: { kind: job, command: "true", after: a }\n', [], 0],
    ['any', `  web: { ${SLEEPS} }\n  a: { kind: job, command: "true" }\n`, ['--exit-on', 'any'], 0],
    [
      'all',
      '  a: { kind: job, command: "sh -c \'exit 5\'" }\n  b: { kind: job, command: "sh -c \'sleep 0.2; exit 6\'" }\n',
      ['--exit-on', 'all'],
      5,
    ],
    [
      'code from',
      `  db: { ${SLEEPS} }\n  test: { kind: job, command: "sh -c 'exit 4'", after: { db: started } }\n`,
      ['--exit-code-from', 'test'],
      4,
    ],
    ['as foreman', `  web: { ${SLEEPS} }\n  api: { command: "sh -c 'exit 7'", restart: always }\n`, ['--foreman'], 7],
    [
      'what waits in vain',
      `  db: { command: "sh -c 'exit 2'", ${NEVER} }\n  web: { ${SLEEPS}, after: db }\n`,
      ['--exit-on', 'all'],
      2,
    ],
  ])('%s: %s', async (_, processes, args, code) => {
    const { dev, name } = begin(processes, args)
    expect(await dev.ended, dev.text() + dev.stderr()).toEqual({ code, signal: null })
    const left = (await t.request('list', { all: true })).filter(({ project, pid }) => project === name && pid !== null)
    expect(left).toEqual([])
  })

  test('SIGINT, SIGTERM and a reader that is gone stop all in reverse order; it ends by the signal itself', async () => {
    const processes = `  db: { command: sh save.sh db }
  api: { command: sh save.sh api, after: { db: started } }
  web: { command: sh save.sh web, after: { api: started } }
`
    const save = 'trap \'echo "$1 saved" >> saved; exit 0\' TERM; echo "$1 is up"; while :; do sleep 0.1; done\n'
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { dev, name } = begin(processes, [], { 'save.sh': save })
      // Each has its trap by then: one that has started may still be about to set it.
      for (const each of ['db', 'api', 'web']) await dev.shows(new RegExp(`${each} is up`))
      expect(await dev.end(signal)).toEqual({ code: null, signal })
      expect(readFileSync(join(t.dir, name, 'saved'), 'utf8')).toBe('web saved\napi saved\ndb saved\n')
      expect(dev.text()).toMatch(/web stopped .*\n(.*\n)*.*api stopped .*\n(.*\n)*.*db stopped/)
    }
    const { dev, name } = begin(processes, [], { 'save.sh': save })
    await dev.shows(/web is up/)
    dev.child.stdout!.destroy()
    writeFileSync(join(t.dir, name, 'x'), '')
    await t.request('restart', { targets: [`${name}/web`] })
    expect(await dev.ended).toEqual({ code: 141, signal: null })
    expect(await status(`${name}/db`)).toBe('stopped')
  })

  test('a second Ctrl-C kills; a shell sees 130', async () => {
    const deaf = 'trap "" TERM INT; echo deaf; while :; do sleep 0.1; done\n'
    const { dev, name } = begin('  deaf: { command: sh deaf.sh, stopTimeout: 60s }\n', [], { 'deaf.sh': deaf })
    await dev.shows(/\| deaf$/m)
    dev.child.kill('SIGINT')
    await t.until(async () => (await status(`${name}/deaf`)) === 'completing', 'it is asked to stop')
    expect(await dev.end('SIGTERM')).toEqual({ code: null, signal: 'SIGINT' })
    expect(dev.text()).toMatch(/kills what is left\n(.*\n)*.*deaf stopped/)
    expect(await status(`${name}/deaf`)).toBe('stopped')
  })
})

describe('what it owns', () => {
  test('a second one shows the logs, starts what is missing, and ends only that', async () => {
    const cwd = project('shop', `  web: { command: "sh -c 'echo line of web; exec sleep 3600'" }\n  api: { ${SLEEPS} }\n`)
    const first = startDev(t, cwd, ['web'])
    await first.shows(/line of web/)
    const second = startDev(t, cwd)
    await second.shows(/^ptrack \| web runs already \(pid \d+\)$/m)
    await second.shows(/^web {4}\| line of web$/m)
    await second.shows(/api started/)
    await second.end('SIGINT')
    expect(second.text()).toMatch(/web runs on: this session did not start it/)
    expect([await status('shop/web'), await status('shop/api')]).toEqual(['running', 'stopped'])
    await first.end('SIGINT')
    expect(await status('shop/web')).toBe('stopped')
  })

  test('what ran before stays, whatever the file says of it; jobs of a file that is down run again', async () => {
    const cwd = project('before', `  web: { ${SLEEPS} }\n  job: { kind: job, command: "echo prepared" }\n`)
    await t.here.ok(['up', '--only', 'web'], { cwd })
    const dev = startDev(t, cwd)
    await dev.shows(/\| prepared$/m)
    await dev.end('SIGINT')
    expect(await status('before/web')).toBe('running')
    const again = startDev(t, cwd)
    await again.shows(/web runs already/)
    await again.end('SIGINT')
    expect(again.text()).not.toContain('prepared')
    await t.here.ok(['down'], { cwd })
    const anew = startDev(t, cwd)
    await anew.shows(/\| prepared$/m)
    await anew.end('SIGINT')
    expect(await status('before/web')).toBe('stopped')
  })

  test('two worktrees side by side do not know of each other', async () => {
    const file = `  web: { command: "sh -c 'echo of $$PTRACK_PROJECT; exec sleep 3600'" }\n`
    const one = startDev(t, project('tree', file))
    await one.shows(/^web {4}\| of tree$/m)
    const two = startDev(t, directoryWith(t, 'other/tree', { 'ptrack.yaml': `processes:\n${file}` }))
    await two.shows(/^web {4}\| of tree-[0-9a-f]{4}$/m)
    expect(two.stderr()).toMatch(/^ptrack: the project is tree-[0-9a-f]{4} here: tree is that of another directory$/m)
    await two.end('SIGINT')
    expect(await status('tree/web')).toBe('running')
    await one.end('SIGINT')
    expect(await status('tree/web')).toBe('stopped')
  })

  test('--detach is `up`, and --watch applies the file again', async () => {
    const cwd = project('watched', `  web: { ${SLEEPS} }\n`)
    const dev = startDev(t, cwd, ['--watch'])
    await dev.shows(/web started/)
    writeFileSync(join(cwd, 'ptrack.yaml'), `processes:\n  web: { ${SLEEPS}, restrat: never }\n`)
    await dev.shows(/cannot read .*ptrack\.yaml:2.*restrat/)
    writeFileSync(join(cwd, 'ptrack.yaml'), `processes:\n  api: { command: "sh -c 'echo I am new; exec sleep 3600'" }\n`)
    await dev.shows(/^api {4}\| I am new$/m)
    await dev.shows(/web stopped/)
    await dev.end('SIGINT')
    const { stdout } = await t.ok(['dev', '--detach'], { cwd })
    expect(stdout).toMatch(/api started/)
    expect(await status('watched/api')).toBe('running')
  })
})

test('over kill -9 of the daemon it goes on, without a line lost or doubled', async () => {
  const writes = 'i=0; while :; do i=$((i+1)); echo "number $i"; sleep 0.005; done\n'
  const { dev, name } = begin('  writer: { command: sh write.sh }\n', [], { 'write.sh': writes })
  await dev.shows(/number 20\n/)
  await t.killDaemon()
  await dev.shows(/the daemon is gone, reconnecting/)
  await dev.shows(/the daemon is back/)
  const seen = dev.lines().length
  await t.until(() => dev.lines().length > seen + 20, 'lines come again')
  await dev.end('SIGINT')
  const numbers = [...dev.text().matchAll(/^writer \| number (\d+)$/gm)].map((match) => Number(match[1]))
  expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  expect(readFileSync(t.logFile(`${name}/writer`), 'utf8')).toMatch(new RegExp(`number ${numbers.length}\\n$`))
  expect(await status(`${name}/writer`)).toBe('stopped')
})
