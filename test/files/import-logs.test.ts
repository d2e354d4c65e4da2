/** Log files of other supervisors' files: kept where they say, unless that cannot be. */
import { expect, test } from 'vitest'
import type { ReadFile } from '../../src/files/file-process.ts'
import { readImport } from '../../src/files/import/read-import.ts'
import type { ImportWorld } from '../../src/files/import/world.ts'

const read = (file: string, text: string): Promise<ReadFile> => {
  const world: ImportWorld = {
    env: { HOME: '/home/u' },
    cwd: '/app',
    cpus: 4,
    hostname: 'box',
    readText: (path) => (path === file ? text : null),
    isFile: (path) => path === file || path === '/app/a.js',
    whyNoLog: (path) => (path.startsWith('/missing/') ? 'the directory /missing does not exist' : null),
    inPath: (name) => `/usr/bin/${name}`,
    isBinary: () => false,
    glob: () => [],
    readEnvFile: () => ({}),
  }
  return readImport(file, { format: null, like: 'foreman', formation: null, envName: null }, world)
}
const files = ({ processes }: ReadFile): unknown[] => processes.map(({ definition: { outFile, errFile } }) => [outFile, errFile])
const note = ({ notes }: ReadFile, field: string, process: string): unknown => {
  const { verdict, became, why } = notes.find((one) => one.field === field && one.process === process)!
  return [verdict, became, why]
}

test('pm2: out, error, both in one, with an id for each instance, and none', async () => {
  const got = await read(
    '/app/pm2.yaml',
    `apps:
  - { name: a, script: a.js, cwd: /srv, interpreter: none, out_file: logs/o.log, error: ./e.log }
  - { name: b, script: a.js, interpreter: none, log_file: b.log, out_file: /missing/b.log }
  - { name: c, script: a.js, exec_mode: fork, instances: 2, log: c.log }
  - { name: d, script: a.js, exec_mode: fork, instances: 2, merge_logs: true, out_file: d.log, err_file: 'NULL' }
  - { name: e, script: a.js, disable_logs: true, out_file: e.log }
  - { name: f, script: a.js, out_file: /dev/stdout }
`.replace('script: a.js, cwd: /srv', 'script: /app/a.js, cwd: /srv'),
  )
  expect(files(got)).toEqual([
    ['/srv/logs/o.log', '/srv/e.log'],
    [undefined, undefined],
    ['/app/c-{instance}.log', '/app/c-{instance}.log'],
    ['/app/d.log', '/dev/null'],
    ['/dev/null', '/dev/null'],
    [undefined, undefined],
  ])
  expect(note(got, 'error', 'a')).toEqual(['kept', 'errFile: /srv/e.log', 'rotated there; relative to cwd'])
  expect(note(got, 'out_file', 'b')).toEqual([
    'ignored',
    null,
    'the directory /missing does not exist: ptrack keeps the log itself',
  ])
  expect(note(got, 'log_file', 'b')).toMatchObject(['ignored', null, expect.stringContaining('each line is written once')])
  expect(note(got, 'log', 'c')).toEqual(['changed', 'outFile, errFile: /app/c-{instance}.log', 'pm2 counts by its own ids'])
  expect(note(got, 'out_file', 'e')).toMatchObject(['ignored', null, 'disable_logs drops the output'])
  expect(note(got, 'out_file', 'f')).toMatchObject(['ignored', null, expect.stringContaining('no terminal')])
})

test('supervisord: files, sizes, one file for both, numbers of instances, NONE and AUTO', async () => {
  const got = await read(
    '/app/s.conf',
    `[program:a]
command=x
stdout_logfile=%(here)s/log/%(program_name)s.log
stdout_logfile_maxbytes=50MB
stdout_logfile_backups=3
redirect_stderr=true
stderr_logfile=/tmp/e.log
[program:b]
command=x
numprocs=2
numprocs_start=1
process_name=%(program_name)s_%(process_num)02d
stdout_logfile=/tmp/%(program_name)s-%(process_num)02d.log
stdout_logfile_maxbytes=0
stderr_logfile=NONE
[program:c]
command=x
stdout_logfile=AUTO
stderr_logfile=/dev/stderr
stdout_logfile_maxbytes=1KB
`,
  )
  expect(files(got)).toEqual([
    ['/app/log/a.log', '/app/log/a.log'],
    ['/tmp/b-{instance}.log', '/dev/null'],
    [undefined, undefined],
  ])
  const limits = got.processes.map(({ definition: { logMaxBytes, logKeep } }) => [logMaxBytes, logKeep])
  expect(limits).toEqual([
    [50 * 1024 ** 2, 3],
    [1024 ** 4, undefined],
    [65_536, undefined],
  ])
  expect(note(got, 'redirect_stderr', 'a')).toEqual(['kept', 'errFile', 'the file of stdout'])
  expect(note(got, 'stderr_logfile', 'a')).toMatchObject(['ignored', null, expect.stringContaining('redirect_stderr')])
  expect(note(got, 'stdout_logfile', 'b')).toEqual(['changed', 'outFile: /tmp/b-{instance}.log', 'instances are counted from 0'])
  expect(note(got, 'stderr_logfile', 'c')).toMatchObject(['ignored', null, expect.stringContaining('no terminal')])
})

test('process-compose: one file for both streams; a job shares its file with no other process', async () => {
  const got = await read(
    '/app/process-compose.yaml',
    `processes:
  a:
    command: x
    log_location: a.log
    log_configuration: { disable_json: true, rotation: { max_size_mb: 2, max_backups: 7, max_age_days: 3 } }
  b: { command: x, replicas: 2, log_location: 'b-{PC_REPLICA_NUM}.log' }
  c: { command: x, replicas: 2, log_location: c.log }
  d: { command: x, log_location: shared.log }
  e: { command: x, log_location: shared.log, availability: { restart: always } }
`,
  )
  expect(files(got)).toEqual([
    ['/app/a.log', '/app/a.log'],
    ['/app/b-{instance}.log', '/app/b-{instance}.log'],
    ['/app/c-{instance}.log', '/app/c-{instance}.log'],
    [undefined, undefined],
    [undefined, undefined],
  ])
  expect(got.processes[0]!.definition).toMatchObject({ logMaxBytes: 2 * 1024 ** 2, logKeep: 7 })
  expect(note(got, 'log_configuration.rotation.max_age_days', 'a')).toMatchObject([
    'ignored',
    null,
    'archives go by their number',
  ])
  expect(note(got, 'log_location', 'c')).toMatchObject(['changed', expect.anything(), 'a file for each replica'])
  expect(note(got, 'log_location', 'd')).toMatchObject([
    'ignored',
    null,
    expect.stringContaining('a job needs a file of its own'),
  ])
})
