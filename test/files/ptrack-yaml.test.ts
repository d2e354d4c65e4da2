/** ptrack.yaml: what is read out of it, and what is said, with the place, of what is wrong in it. */
import { expect, test } from 'vitest'
import type { FileWorld } from '../../src/files/yaml/entries.ts'
import { readPtrackYaml } from '../../src/files/yaml/read.ts'
import { PtrackError } from '../../src/protocol/errors.ts'

const worldOf = (files: Record<string, string>, env: Record<string, string> = {}): FileWorld => ({
  env,
  readText: (path) => {
    if (files[path] === undefined) throw new PtrackError('BAD_FILE', `cannot read ${path}: there is no such file`)
    return files[path]
  },
  readEnvFile: () => ({ FROM_FILE: 'yes', BOTH: 'file' }),
})
const read = (text: string, env?: Record<string, string>, options = {}) =>
  readPtrackYaml('/a/ptrack.yaml', worldOf({ '/a/ptrack.yaml': text }, env), options)

test('every process has what was written, with paths relative to the file', () => {
  const file = read(
    `
x-common: &common
  stopTimeout: 3s
  env: { LEVEL: 1.10 }
env: { SHARED: 007 }
processes:
  db:
    <<: *common
    command: postgres -D "data dir"
    cwd: db
    port: \${PORT:-5432}
  migrate:
    kind: job
    command: [node, migrate.js, "$$x"]
    after: db
    timeout: none
  web:
    extends: db
    command: node app.js | cat
    instances: 2
    ports: [auto]
    maxMemory: 512M
    env: { KEY: "\${KEY}" }
    after: { db: started, migrate: done }
`,
    { KEY: 'a: [b]' },
  )
  expect(file.processes).toEqual([
    {
      definition: { name: 'db', command: ['postgres', '-D', 'data dir'], cwd: '/a/db', ports: [5432], stopTimeoutMs: 3000 },
      env: { SHARED: '007', LEVEL: '1.10' },
      cleanEnv: false,
      instances: 1,
      autostart: true,
      instanceEnv: [],
    },
    {
      definition: {
        name: 'migrate',
        kind: 'job',
        command: ['node', 'migrate.js', '$x'],
        cwd: '/a',
        timeoutMs: null,
        after: [{ name: 'db', condition: 'healthy' }],
      },
      env: { SHARED: '007' },
      cleanEnv: false,
      instances: 1,
      autostart: true,
      instanceEnv: [],
    },
    {
      definition: {
        name: 'web',
        command: ['/bin/sh', '-c', 'node app.js | cat'],
        cwd: '/a/db',
        ports: ['auto'],
        stopTimeoutMs: 3000,
        maxMemoryBytes: 512 * 1024 * 1024,
        after: [
          { name: 'db', condition: 'started' },
          { name: 'migrate', condition: 'done' },
        ],
      },
      env: { SHARED: '007', LEVEL: '1.10', KEY: 'a: [b]' },
      cleanEnv: false,
      instances: 2,
      autostart: true,
      instanceEnv: [],
    },
  ])
})

test('a file over the one it extends, and profiles', () => {
  const files = {
    '/a/ptrack.yaml':
      'extends: base/common.yaml\nprocesses:\n  web: { env: { A: 2, B: null } }\n  debug: { command: d, profiles: dev }\n',
    '/a/base/common.yaml': 'envFile: .env\nprocesses:\n  web: { command: node w.js, env: { A: 1, B: 1 } }\n',
  }
  const plain = readPtrackYaml('/a/ptrack.yaml', worldOf(files))
  expect(plain.processes).toMatchObject([
    { definition: { name: 'web', cwd: '/a/base' }, env: { A: '2', FROM_FILE: 'yes', BOTH: 'file' } },
  ])
  expect(plain.processes[0]!.env).not.toHaveProperty('B')
  expect(plain.inactive).toEqual(['debug'])
  const dev = readPtrackYaml('/a/ptrack.yaml', worldOf(files), { profiles: ['dev'] })
  expect(dev.processes.map(({ definition }) => definition.name)).toEqual(['web', 'debug'])
})

test.each(['15', 'TERM', 'sigterm', '"15"'])('a signal is written as on the command line: %s', (text) => {
  const read = readPtrackYaml(
    '/a/ptrack.yaml',
    worldOf({ '/a/ptrack.yaml': `processes: { web: { command: x, stopSignal: ${text} } }` }),
  )
  expect(read.processes[0]!.definition.stopSignal).toBe('SIGTERM')
})

test.each([
  [
    'processes:\n  web: { command: x, restrat: always }\n',
    '/a/ptrack.yaml:2:22: `restrat` is no key of a process; did you mean `restart`?',
  ],
  ['proceses: {}\n', '/a/ptrack.yaml:1:1: `proceses` is no key of the file; did you mean `processes`?'],
  [
    'processes:\n  web:\n    command: x\n    restart: allways\n',
    '/a/ptrack.yaml:4:14: `restart` is "allways", and none of always, on-failure, never; did you mean always?',
  ],
  [
    'processes:\n  web:\n    command: x\n    stopTimeout: soon\n',
    '/a/ptrack.yaml:4:18: `stopTimeout`: "soon" is not a duration; write it like 300ms, 10s, 5m or 1h30m',
  ],
  [
    'processes:\n  web:\n    command: x\n    timeout: soon\n',
    '/a/ptrack.yaml:4:14: `timeout`: "soon" is not a duration; write it like 300ms, 10s, 5m or 1h30m',
  ],
  ['processes:\n  web:\n    command: x\n    retries: many\n', '/a/ptrack.yaml:4:14: `retries` is "many", and must be a number'],
  [
    'processes:\n  web:\n    command: x\n    health: httpx://a\n',
    '/a/ptrack.yaml:4:13: `health`: "httpx://a" is no kind of health check; write it as http://HOST/PATH, exec:COMMAND, log:REGEX, tcp:HOST:PORT, notify or none',
  ],
  [
    'processes:\n  web:\n    command: x\n    health: "log:("\n',
    '/a/ptrack.yaml:4:13: `health`: "log:(": Invalid regular expression',
  ],
  [
    'processes:\n  web:\n    command: x\n    stopSignal: 99\n',
    '/a/ptrack.yaml:4:17: `stopSignal`: 99 is not a signal that ptrack sends; one of HUP',
  ],
  ['processes:\n  web:\n    command: x\n    port: 70000\n', '/a/ptrack.yaml:4:11: `port` of web: it is above 65535'],
  ['processes:\n  web: {}\n', '/a/ptrack.yaml:2:3: web has no command; add `command:`'],
  [
    'processes:\n  12: { command: x }\n',
    '/a/ptrack.yaml:2:3: `12` is no name: a name of digits only would be taken for a number or a pid',
  ],
  [
    'processes:\n  web: { command: x, after: dv }\n  db: { command: x }\n',
    '/a/ptrack.yaml:2:29: web waits for dv, and there is no such process in the file; did you mean db?',
  ],
  [
    'processes:\n  a: { command: x, after: b }\n  b: { command: x, after: a }\n',
    '/a/ptrack.yaml:2:27: a waits for itself: a -> b -> a; leave out one of these',
  ],
  [
    'processes:\n  web: { command: "run ${NOPE}" }\n',
    '/a/ptrack.yaml:2:19: the variable NOPE is not set; set it, or write ${NOPE:-default}; $$ for a dollar sign',
  ],
  [
    'processes:\n  web: { command: "${NOPE:?say where}" }\n',
    '/a/ptrack.yaml:2:19: NOPE is not set: say where; set NOPE in the environment',
  ],
  ['processes:\n  web: { command: x\n', '/a/ptrack.yaml:3:1'],
  [
    'processes:\n  web: { command: x }\n  web: { command: y }\n',
    '/a/ptrack.yaml:3:3: `web` is written twice, first in line 2; one',
  ],
  ['a: 1\n---\nb: 2\n', '/a/ptrack.yaml:2:1: a second document begins here; a file is one document'],
  ['# nothing yet\n', '/a/ptrack.yaml:1:1: there is nothing in it; begin with `processes:`'],
  ['processes:\n  a: { command: "" }\n', '/a/ptrack.yaml:2:17: `command` is empty'],
  [
    `processes:\n  a: { command: x, title: ${'t'.repeat(201)} }\n`,
    '/a/ptrack.yaml:2:27: `title` has 201 characters, and must have at most 200',
  ],
  [
    `processes:\n  a: { command: x, tags: [${'t, '.repeat(65)}] }\n`,
    '/a/ptrack.yaml:2:26: `tags` of a: it must have at most 64 entries',
  ],
  ['processes:\n  a: { command: x, instances: 0 }\n', '/a/ptrack.yaml:2:31: `instances` is 0, and must be at least 1'],
  [
    'processes:\n  a: { command: x, cron: "61 * * * *" }\n',
    "/a/ptrack.yaml:2:26: `cron` of a: '61 * * * *': Invalid value for minute",
  ],
  [
    'processes:\n  a: { command: x, cron: "0 0 31 2 *" }\n',
    "/a/ptrack.yaml:2:26: `cron` of a: '0 0 31 2 *': its time never comes",
  ],
  ['processes:\n  a: { command: x, watchFiles: " " }\n', "/a/ptrack.yaml:2:32: `watchFiles` of a: ' ': it names no files"],
  [
    'processes:\n  a: { command: x, hooks: [{ on: fail, run: exec:y }] }\n',
    "/a/ptrack.yaml:2:27: `hooks` of a: 'fail': there is none of this name; the triggers are failed",
  ],
  [
    'processes:\n  a: { command: x, hooks: [{ on: failed, run: y }] }\n',
    "/a/ptrack.yaml:2:27: `hooks` of a: 'y': it names no way of telling; an action is exec:COMMAND",
  ],
  [
    'processes:\n  web: { command: x, extends: wb }\n',
    '/a/ptrack.yaml:2:31: there is no process wb to extend; did you mean web?',
  ],
  ['extends: ptrack.yaml\n', '/a/ptrack.yaml:1:10: ptrack.yaml extends, in the end, itself; leave out one of these extends'],
  ['- a\n', '/a/ptrack.yaml:1:1: the file is ["a"], and must be a map'],
])('%j', (text, said) => {
  try {
    read(text)
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    expect(error.code).toBe('BAD_FILE')
    expect(`${error.message}${error.hint ? `; ${error.hint}` : ''}`).toContain(`cannot read ${said}`)
    return
  }
  expect.fail('nothing was found wrong')
})

test('all problems are told, the first in the message', () => {
  try {
    read('processes:\n  web: { command: x, restrat: y, prot: 3 }\n')
    expect.fail('nothing was found wrong')
  } catch (error) {
    if (!(error instanceof PtrackError)) throw error
    expect(error.hint).toBe('did you mean `restart`?; 1 more: `ptrack validate` lists all')
    expect(error.details!.problems).toHaveLength(2)
  }
})

test('mistakes of every kind are told at once, and none that only follows from another', () => {
  const text = `processes:
  typo: { comand: x, port: 70000 }
  kind: { command: [x], restart: maybe, cron: soon }
  range: { command: x, nice: 44 }
  cycle: { command: x, after: cycle }
  heir: { extends: typo, after: typo }
  text: just words
  a b: { command: x }
  orphan: { extends: nobody }
`
  const error = (() => {
    try {
      read(text)
    } catch (thrown) {
      if (thrown instanceof PtrackError) return thrown
      throw thrown
    }
    throw new Error('nothing was found wrong')
  })()
  const told = (error.details!.problems as { line: number; message: string }[]).map(({ line, message }) => `${line} ${message}`)
  expect(told).toEqual([
    '2 `comand` is no key of a process',
    '2 `port` of typo: it is above 65535',
    '3 `restart` is "maybe", and none of always, on-failure, never',
    "3 `cron` of kind: 'soon': it is no list of five or six fields",
    '4 `nice` of range: it is above 19',
    '5 cycle waits for itself: cycle -> cycle',
    expect.stringContaining('`port` of heir'),
    '7 `text` is "just words", and must be a map',
    expect.stringContaining('8 `a b` is no name'),
    '9 there is no process nobody to extend',
  ])
})

test('a variable that is not set hides no other mistake, and brings none of its own', () => {
  const text = `processes:
  web:
    command: x
    port: \${NOPE}
    comand: y
  db:
    command: \${GONE}
    restart: sometimes
    after: [ "\${WHO}" ]
`
  const problems = (): { line: number; message: string }[] => {
    try {
      readPtrackYaml('/a/ptrack.yaml', worldOf({ '/a/ptrack.yaml': text }, {}))
    } catch (error) {
      return (error as { details: { problems: { line: number; message: string }[] } }).details.problems
    }
    return []
  }
  expect(problems().map(({ line, message }) => `${line} ${message}`)).toEqual([
    '4 the variable NOPE is not set',
    '5 `comand` is no key of a process',
    '7 the variable GONE is not set',
    '8 `restart` is "sometimes", and none of always, on-failure, never',
    '9 the variable WHO is not set',
  ])
})
