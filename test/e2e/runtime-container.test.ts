/** `ptrack-init` and `ptrack runtime` as a container has them: PID 1, any user, a root that cannot be written to, stop and start. */
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import type { ProcessView } from '../../src/protocol/view.ts'
import { CONTAINERS, type Container, type ContainerOptions, SHARED, startContainer } from '../support/container.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { runs } from '../support/effort.ts'
import { describeNeeding, testNeeding } from '../support/requires.ts'

let t: TestHome
const started: Container[] = []
beforeEach(async () => {
  t = await testHome()
})
afterEach(async () => {
  for (const each of started.splice(0)) await each.close()
  await t.close()
})

const PROGRAMS = '/mnt/checkout/test/fixtures/programs'
const saving = (name: string): string => `${PROGRAMS}/saves-when-stopped.sh ${SHARED}/saved ${name}`
const saved = (): string[] => {
  const file = join(t.dir, 'saved')
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : []
}

/** db, and web that waits for it to be healthy; `more` is further YAML. */
const writeFile = (more = ''): void =>
  writeFileSync(
    join(t.dir, 'ptrack.yaml'),
    `processes:
  db:
    command: ${saving('db')}
    health: log:ready
    healthPeriod: 100ms
  web:
    command: ${saving('web')}
    health: log:ready
    healthPeriod: 100ms
    after: [db:healthy]
${more}`,
  )

async function start(options: Partial<ContainerOptions> = {}): Promise<Container> {
  const container = await startContainer(t, { command: ['ptrack-init'], ...options })
  started.push(container)
  return container
}
const listed = async (container: Container, ...more: string[]): Promise<ProcessView[]> => {
  const { stdout, stderr } = await container.exec(['ptrack', ...more, 'ls', '--all', '--json'])
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout) as ProcessView[]
}
const isUp = (container: Container, ...names: string[]): Promise<unknown> =>
  t.until(
    async () => {
      const up = (await listed(container)).filter(({ status, health }) => status === 'running' && health === 'healthy')
      return names.every((name) => up.some((view) => view.name === name))
    },
    `${names.join(' and ')}: up\n${container.stderr()}`,
  )

describeNeeding(...CONTAINERS)('in a container', () => {
  test('stop: dependents first, all that is written is passed on, the code is 0, and nothing is left', async () => {
    writeFile()
    const container = await start()
    await isUp(container, 'db', 'web')
    container.signal('SIGTERM')
    expect([await container.ended, container.stderr().match(/SIGTERM: .*/)?.[0]]).toEqual([0, 'SIGTERM: stops everything'])
    expect(saved()).toEqual(['web asked', 'web saved', 'db asked', 'db saved'])
    expect(container.stdout().split('\n').sort()).toEqual(['', 'db | ready', 'web | ready'])
    expect(container.processes()).toEqual([])
  })

  test('a program that is deaf to SIGTERM is killed within the grace, and its database still saves', async () => {
    writeFile(`  deaf:
    command: ${PROGRAMS}/ignores-sigterm.mjs
    stopTimeout: 10m
    health: log:ready
    after: [web:healthy]
`)
    const container = await start({ command: ['ptrack-init', '--grace', '4s'] })
    await isUp(container, 'deaf')
    container.signal('SIGTERM')
    expect(await container.ended).toBe(0)
    expect(saved()).toEqual(['web asked', 'web saved', 'db asked', 'db saved'])
    expect(container.stderr()).not.toContain('in time')
    expect(container.stderr().match(/.* killed$/gm)).toEqual(['ptrack: deaf did not end when it was asked to, and was killed'])
  })

  test('a second SIGTERM kills at once: 137', async () => {
    const container = await start({ command: ['ptrack-init', '--grace', '10m', '--', `${PROGRAMS}/ignores-sigterm.mjs`] })
    await t.until(() => container.stdout().includes('ready'), `it is up\n${container.stderr()}`)
    container.signal('SIGTERM')
    await t.until(() => container.stdout().includes('ignored SIGTERM'), 'it is asked')
    let over = false
    void container.ended.then(() => {
      over = true
    })
    await t.until(() => {
      container.signal('SIGTERM')
      return over
    }, 'it has ended')
    expect(await container.ended).toBe(137)
  })

  const ORPHANS = 300
  test(`${ORPHANS} orphans that end leave no zombie`, async () => {
    const container = await start({ command: ['ptrack-init', '--', `${PROGRAMS}/double-forks-many.py`, String(ORPHANS)] })
    await t.until(() => container.stdout().includes('forked'), `all have ended\n${container.stderr()}`, 120_000)
    await t.until(() => container.processes().every(({ state }) => state !== 'Z'), 'no zombie is left')
    container.signal('SIGTERM')
    expect(await container.ended).toBe(0)
  })

  test('a user without an entry, a root that cannot be written to: it works, and writes to its home alone', async () => {
    writeFile()
    const uid = 54_321
    chmodSync(t.dir, 0o755)
    writeFileSync(join(t.dir, 'ptrack.yaml'), `processes:\n  web: { command: ${PROGRAMS}/waits.sh, health: 'log:ready' }\n`)
    const before = readdirSync(t.dir).sort()
    const container = await start({ uid, readOnly: true, env: { HOME: undefined, XDG_CONFIG_HOME: undefined } })
    await isUp(container, 'web')
    expect(container.stderr()).toContain(`its home is /dev/shm/ptrack-${uid}`)
    // What `HEALTHCHECK CMD test -f` asks.
    expect((await container.exec(['test', '-f', `/dev/shm/ptrack-${uid}/ready`])).code).toBe(0)
    expect((await container.exec(['ptrack', 'health'])).code).toBe(0)
    expect((await container.exec(['ptrack', 'logs', 'web'])).stdout).toContain('ready')
    expect((await container.exec(['ptrack', 'restart', 'web'])).code).toBe(0)
    expect(readdirSync(t.dir).sort()).toEqual(before)
    container.signal('SIGTERM')
    expect(await container.ended).toBe(0)
  })

  test('no place to write to: said with what helps, and no daemon', async () => {
    const command = ['sh', '-c', 'mount -o remount,bind,ro /dev/shm && exec ptrack-init -- true']
    const container = await start({ command, readOnly: true })
    expect(await container.ended).toBe(7)
    expect(container.stderr()).toMatch(/^ptrack: cannot find a directory to write to: \/run\/ptrack: .*--tmpfs \/run/)
  })

  const RESTARTS = 4
  test(`${RESTARTS} restarts on one home, stopped and killed in turn: each starts in order, and nothing counts as a failure`, async () => {
    writeFile()
    mkdirSync(t.home, { mode: 0o700 })
    for (let life = 1; life <= RESTARTS; life++) {
      const container = await start({ env: { PTRACK_HOME: `${SHARED}/home` } })
      // One that was left by a container that was killed is removed first.
      const isReady = () => container.stderr().includes('its home is') && existsSync(join(t.home, 'ready'))
      await t.until(isReady, `all is up\n${container.stderr()}`)
      const views = (await listed(container, '--home', `${SHARED}/home`)).map(({ name, restarts, status, startedAt }) => {
        return { name, restarts, status, startedAt }
      })
      expect(views.map(({ startedAt, ...view }) => view)).toEqual(
        ['db', 'web'].map((name) => ({ name, restarts: 0, status: 'running' })),
      )
      expect(Date.parse(views[0]!.startedAt!)).toBeLessThan(Date.parse(views[1]!.startedAt!))
      await t.until(() => ['db', 'web'].every((name) => container.stdout().includes(`${name} | ready\n`)), 'both were heard')
      // What an earlier life wrote was passed on by it.
      expect(container.stdout().split('\n').sort()).toEqual(['', 'db | ready', 'web | ready'])
      if (life % 2 === 0) {
        container.signal('SIGTERM')
        expect(await container.ended).toBe(0)
        expect(existsSync(join(t.home, 'ready'))).toBe(false)
      } else await container.close()
    }
    expect(saved()).toHaveLength(4 * (RESTARTS / 2))
  })

  test('SIGUSR1 before Node listens opens no inspector; later it reaches the program', async () => {
    const script = 'trap "echo usr1" USR1; echo ready; while :; do sleep 3600 & wait $!; done'
    for (let n = 0; n < runs(3); n++) {
      const container = await start({ command: ['ptrack-init', '--', 'sh', '-c', script] })
      const signalUntil = (done: () => boolean, what: string) =>
        t.until(() => {
          if (done()) return true
          container.signal('SIGUSR1')
          return false
        }, `${what}\n${container.stderr()}`)
      await signalUntil(() => container.stderr().includes('its home is'), 'Node listens, and nothing is started yet')
      // Before its trap the signal would end the program, as anywhere.
      await t.until(() => container.stdout().includes('ready'), 'the program has its trap')
      await signalUntil(() => container.stdout().includes('usr1'), 'it is passed on')
      container.signal('SIGTERM')
      expect(await container.ended).toBe(0)
      expect(container.stderr()).not.toContain('Debugger')
    }
  })

  test('SIGUSR1 at any moment of its start does not reach what is not Node yet', async () => {
    mkdirSync(join(t.dir, 'bin'))
    // Stands for Node before it has any handler: the signal would end it.
    writeFileSync(join(t.dir, 'bin/node'), '#!/bin/sh\necho begun\nexec sleep 1000\n', { mode: 0o755 })
    for (let n = 0; n < runs(20); n++) {
      const container = await start({ command: ['sh', '-c', `PATH=${SHARED}/bin:$PATH exec ptrack-init`] })
      let over = false
      void container.ended.then(() => {
        over = true
      })
      while (!over && !container.stdout().includes('begun')) {
        container.signal('SIGUSR1')
        await new Promise((resolve) => setImmediate(resolve))
      }
      expect(over).toBe(false)
      await container.close()
    }
  })

  test('a plain runtime as PID 1 works, and says what it lacks', async () => {
    const container = await start({ command: ['ptrack', 'runtime', '--restart', 'never', '--', 'sh', '-c', 'exit 7'] })
    expect(await container.ended).toBe(7)
    expect(container.stderr()).toContain('Node as PID 1 reaps no orphan')
  })

  test('under another init it is the runtime itself', async () => {
    const container = await start({ command: ['ptrack-init', '--restart', 'never', '--', 'sh', '-c', 'exit 7'], underInit: true })
    expect(await container.ended).toBe(7)
  })

  testNeeding('redis-server')('redis that is stopped has written what it knows', async () => {
    const redis = `redis-server --port 0 --unixsocket ${SHARED}/redis.sock --dir ${SHARED} --save 3600 1000 --dbfilename dump.rdb`
    writeFileSync(join(t.dir, 'ptrack.yaml'), `processes:\n  redis: { command: '${redis}', health: 'log:eady to accept' }\n`)
    const container = await start()
    await isUp(container, 'redis')
    expect((await container.exec(['redis-cli', '-s', `${SHARED}/redis.sock`, 'set', 'kept', 'yes'])).stdout).toBe('OK\n')
    container.signal('SIGTERM')
    expect(await container.ended).toBe(0)
    expect(readFileSync(join(t.dir, 'dump.rdb'), 'latin1')).toContain('kept')
  })
})
