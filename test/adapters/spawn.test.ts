import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { SpawnPlan } from '../../src/core/world.ts'
import { environOf, statOf } from '../support/proc.ts'
import { asRoot, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'
import { osKit } from './support/os.ts'

const kit = osKit()
afterAll(kit.close)

const write = (name: string, text: string, mode: number): string => {
  const file = join(kit.directory, name)
  writeFileSync(file, text)
  chmodSync(file, mode)
  return file
}

/** Descriptors without O_CLOEXEC. */
const inheritable = (pid: number): number[] =>
  readdirSync(`/proc/${pid}/fd`)
    .map(Number)
    .filter((fd) => {
      if (!existsSync(`/proc/${pid}/fdinfo/${fd}`)) return false
      const flags = /^flags:\t(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'latin1'))
      return flags !== null && (Number.parseInt(flags[1]!, 8) & 0o2000000) === 0
    })

describe('what cannot be started is told apart', () => {
  write('plain.sh', '#!/bin/sh\n', 0o644)
  write('no-interpreter', '#!/no/such/interpreter\n', 0o755)
  write('dos-script', '#!/bin/sh\r\n', 0o755)
  mkdirSync(join(kit.directory, 'a-directory'))
  const cases: [string, string[], Partial<SpawnPlan>, string, RegExp][] = [
    ['a missing program', ['no-such-program-anywhere'], {}, 'NOT_FOUND_COMMAND', /is not found in PATH/],
    ['a missing file', ['./no-such-file'], {}, 'NOT_FOUND_COMMAND', /\.\/no-such-file does not exist in \//],
    ['an empty command', [''], {}, 'NOT_FOUND_COMMAND', /empty/],
    [
      'a file without x',
      ['./plain.sh'],
      {},
      'NOT_EXECUTABLE',
      /^cannot start web: \.\/plain\.sh is not executable; chmod \+x it$/,
    ],
    ['a file without x in PATH', ['plain.sh'], { env: { PATH: '/nowhere:.' } }, 'NOT_EXECUTABLE', /chmod \+x/],
    ['a directory', ['./a-directory'], {}, 'NOT_EXECUTABLE', /is a directory/],
    ['a file used as a directory', ['./plain.sh/x'], {}, 'NOT_FOUND_COMMAND', /does not exist/],
    ['a missing interpreter', ['./no-interpreter'], {}, 'NOT_FOUND_COMMAND', /wants the interpreter \/no\/such\/interpreter/],
    ['a script with Windows line ends', ['./dos-script'], {}, 'NOT_EXECUTABLE', /carriage return/],
    ['a missing directory', ['true'], { cwd: '/no/such/directory' }, 'BAD_CWD', /\/no\/such\/directory does not exist/],
    ['a file as directory', ['true'], { cwd: join(kit.directory, 'plain.sh') }, 'BAD_CWD', /is not a directory/],
    ['too large arguments', ['true', 'x'.repeat(3_000_000)], {}, 'E2BIG', /too large/],
    ['a NUL byte', ['true', 'a\0b'], {}, 'SPAWN_FAILED', /null bytes/],
    ['a missing user', ['true'], { user: 'no-such-user' }, 'BAD_USER', /no user no-such-user/],
    ['a missing group', ['true'], { group: 'no-such-group' }, 'BAD_USER', /no group no-such-group/],
    ['soft above hard', ['true'], { ulimits: { nofile: '20:10' } }, 'BAD_LIMIT', /above the hard one/],
    ['no directory for the log', ['true'], { outFile: '/no/such/log' }, 'ENOENT', /its log \/no\/such\/log cannot be opened/],
  ]
  for (const recorder of [false, true])
    test.each(cases)(`%s${recorder ? ', under a recorder' : ''}`, (_, command, changes, code, message) => {
      const recordFile = recorder ? kit.record('refused') : null
      expect(kit.start(command, { ...changes, recordFile }).outcome).toEqual({
        ok: false,
        code,
        message: expect.stringMatching(message),
      })
      expect(kit.spawner.recordedExit(kit.record('refused'))).toBeNull()
    })
})

test('a script without #! runs as in a shell', async () => {
  write('no-shebang', 'echo "$0 $1"\n', 0o755)
  const run = kit.start(['./no-shebang', 'a'])
  expect(await run.exit).toEqual({ kind: 'code', code: 0 })
  expect(run.out()).toBe('./no-shebang a\n')
})

test('PATH is that of the program, and an empty entry of it is its own directory', async () => {
  write('only-here', '#!/bin/sh\necho found\n', 0o755)
  const run = kit.start(['only-here'], { env: { PATH: '/nowhere:' } })
  expect(await run.exit).toEqual({ kind: 'code', code: 0 })
  expect(run.out()).toBe('found\n')
})

test('a program gets its name, its arguments, its environment and nothing else', async () => {
  const run = kit.start(['sh', '-c', 'echo "$0|$1|$2"; env; ls -m /proc/$$/fd', 'the name', 'a b', '"$x"'], {
    env: { PATH: '/usr/bin:/bin', WITH_NEWLINE: 'a\nb' },
  })
  await run.exit
  expect(run.out()).toMatch(/^the name\|a b\|"\$x"\n/)
  expect(run.out()).toContain('WITH_NEWLINE=a\nb\n')
  // What this test process itself was given open and must hand on (its own files are closed at exec) is not the spawner's.
  const given = inheritable(process.pid).filter((fd) => fd > 2)
  const fds = /^(0, .*)$/m.exec(run.out())![1]!.split(', ').map(Number)
  expect(fds.filter((fd) => !given.includes(fd)).sort()).toEqual([0, 1, 2])
})

test('it leads a session and a group of its own, reads /dev/null, and appends to its logs', async () => {
  const outFile = join(kit.directory, 'kept.log')
  writeFileSync(outFile, 'before\n')
  const run = kit.start(['sh', '-c', 'cat; echo after; exec sleep 3600'], { outFile })
  await until(() => run.out() === 'before\nafter\n', 'it wrote')
  const { pid } = run.leader
  expect(statOf(pid)).toMatchObject({ session: pid, pgrp: pid, startTicks: run.leader.startTicks })
  expect(kit.table.identityOf(pid)).toEqual(run.leader)
  kit.signaller.signal(run.leader, 'SIGKILL')
  expect(await run.exit).toEqual({ kind: 'signal', signal: 'SIGKILL', inferred: false })
})

test('a program that has died before anybody looked still has its identity', () => {
  const { outcome } = kit.start(['true'])
  if (!outcome.ok) throw new Error(outcome.message)
  // Nothing was reaped yet: this is still the same turn of the event loop.
  const deadline = performance.now() + 20_000
  while (statOf(outcome.leader.pid)?.state !== 'Z' && performance.now() < deadline);
  expect(kit.table.identityEvenIfDead(outcome.leader.pid)).toEqual(outcome.leader)
  expect(kit.table.identityOf(outcome.leader.pid)).toBeNull()
  expect(kit.table.alive(outcome.leader)).toBe(false)
})

describe('limits, where they were asked for', () => {
  const show =
    'umask; ulimit -S -n; ulimit -H -n; ulimit -c; ulimit -S -u 2>/dev/null || ulimit -S -p; nice; id -u; id -g; id -G; echo $HOME $USER'
  const nobody = { PATH: '/usr/bin:/bin' }

  for (const recordFile of [null, kit.record('limits')])
    testNeeding(asRoot)(`all at once${recordFile ? ', under a recorder' : ''}`, async () => {
      const outFile = join(kit.directory, `limits${recordFile ? '-rec' : ''}.out`)
      const run = kit.start(['/bin/sh', '-c', `cd /; ${show}; exit 5`], {
        ...{ outFile, recordFile, env: nobody, umask: '027', nice: 5, user: 'nobody', cwd: '/' },
        ulimits: { nofile: '100:200', core: '1024', nproc: '5000' },
      })
      expect([await run.exit, run.err()]).toEqual([{ kind: 'code', code: 5 }, ''])
      const lines = run.out().trim().split('\n')
      expect(lines.slice(0, 7)).toEqual(['0027', '100', '200', '2', '5000', String(Math.min(19, getPriority() + 5)), '65534'])
      expect(lines.at(-1)).toMatch(/ nobody$/)
      expect(lines[8]).toBe(lines[7])
    })

  test('the limit of the caller is given back', async () => {
    const other = osKit({ originalSoftNofile: 123 })
    const service = other.start(['sh', '-c', 'ulimit -S -n; ulimit -H -n'])
    const job = other.start(['sh', '-c', 'ulimit -S -n'], { recordFile: other.record('nofile') })
    await Promise.all([service.exit, job.exit])
    expect(service.out().split('\n')[0]).toBe('123')
    expect(Number(service.out().split('\n')[1])).toBeGreaterThan(123)
    expect(job.out()).toBe('123\n')
    await other.close()
  })

  test("a limit that the kernel refuses ends the start with 126 and the shell's words in the log", async () => {
    const run = kit.start(['true'], { ulimits: { nofile: '999999999999' } })
    expect(await run.exit).toEqual({ kind: 'code', code: 126 })
    expect(run.err()).toMatch(/ulimit/)
  })

  test('a cgroup of its own, or a clear refusal', async () => {
    const run = kit.start(['sh', '-c', 'cat /proc/self/cgroup; sleep 3600 & wait'], {
      cgroup: { memoryBytes: null, cpus: null, pids: null },
    })
    if (!run.outcome.ok) {
      console.warn(`no cgroup can be made here: ${run.outcome.message}`)
      expect(run.outcome).toMatchObject({ code: 'CGROUP', message: expect.stringMatching(/^cannot start web: .*--cgroup$/) })
      return
    }
    const place = await until(() => /^0::(.*ptrack-web-\w+)$/m.exec(run.out())?.[1], 'it is in its cgroup')
    const mount = /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2 /m.exec(readFileSync('/proc/self/mountinfo', 'utf8'))![1]!
    expect(existsSync(join(mount, place))).toBe(true)
    kit.signaller.signalGroup(run.leader, 'SIGKILL')
    await run.exit
    // Once the kernel has taken the last process out.
    const id = place.slice(place.lastIndexOf('-') + 1)
    await until(() => {
      kit.spawner.removeCgroup('web', { number: 1, id })
      return !existsSync(join(mount, place))
    }, 'the cgroup is removed')
  })
})

test('a job keeps variables whose names no shell could set', async () => {
  const run = kit.start(['sleep', '3600'], {
    recordFile: kit.record('names'),
    env: { PATH: '/usr/bin:/bin', 'npm_config_a-b': 'kept', R: 'r', c: 'c' },
  })
  const child = await until(() => kit.table.firstChild(run.leader.pid), 'the recorder has its program')
  const env = await until(() => {
    const found = environOf(child.pid)
    return statOf(child.pid)?.comm === 'sleep' && found.PATH ? found : null
  }, 'the program runs')
  expect(env).toMatchObject({ 'npm_config_a-b': 'kept', R: 'r', c: 'c' })
})
