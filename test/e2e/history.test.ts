import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ask, define } from '../support/ask.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { ended, reaches, said } from '../support/runs.ts'
import { editSaved, savedOf } from '../support/saved-state.ts'

let t: TestHome
beforeEach(async () => {
  t = await testHome()
})
afterEach(() => t.close())

const job = (name: string, script: string, more: object = {}) =>
  define(t, { name, kind: 'job', command: ['/bin/sh', '-c', script], ...more })
const rows = async (params: object = {}) => (await ask(t, 'history', params)).rows
const month = (): string => join(t.home, 'history', `${new Date().toISOString().slice(0, 7)}.jsonl`)

describe('history', () => {
  test('tells of every ended run, newest first, and goes on where a page ended', async () => {
    await job('good', 'exit 0', { type: 'benchmark', tags: ['nightly'] })
    await ended(t, 'good')
    await job('bad', 'exit 3')
    await ended(t, 'bad')
    await ask(t, 'start', { targets: ['good'] })
    await ended(t, 'good')
    expect(await rows()).toMatchObject([
      { name: 'good', type: 'benchmark', run: 2, outcome: 'done', exitCode: 0, attempt: 1 },
      { name: 'bad', type: 'job', run: 1, outcome: 'failed', exitCode: 3, reason: 'exit code 3' },
      { name: 'good', run: 1, outcome: 'done' },
    ])
    const first = await ask(t, 'history', { max: 2 })
    const second = await ask(t, 'history', { max: 2, cursor: first.cursor! })
    expect([first.rows.length, second.rows.map(({ run }) => run), second.cursor]).toEqual([2, [1], null])
    expect((await rows({ targets: ['go*'] })).map(({ name }) => name)).toEqual(['good', 'good'])
    expect((await rows({ targets: ['tag:nightly'], outcome: ['done'] })).length).toBe(2)
    expect(await rows({ type: 'nothing' })).toEqual([])
    expect(await ask(t, 'stats', {})).toMatchObject({
      types: [
        { type: 'benchmark', runs: 2, successRate: 1 },
        { type: 'job', runs: 1, failed: 1, successRate: 0 },
      ],
      all: { runs: 3, successRate: 2 / 3 },
    })
    expect(await ask(t, 'types', {})).toMatchObject([
      { type: 'benchmark', kinds: ['job'], live: 0, ended: 1 },
      { type: 'job', ended: 1 },
    ])
  })

  test('tells of a run that could not even begin', async () => {
    const result = await define(t, { name: 'absent', kind: 'job', command: ['/no/such/program'] })
    expect(result.ok).toBe(false)
    expect(await rows()).toMatchObject([{ name: 'absent', run: 1, outcome: 'failed', exitCode: null, durationMs: 0 }])
  })

  test('is kept when the process is deleted, and unreadable lines are told', async () => {
    await job('gone', 'exit 0')
    await ended(t, 'gone')
    await ask(t, 'delete', { targets: ['gone'] })
    await t.until(() => existsSync(month()), 'the row is on disk')
    appendFileSync(month(), 'rubbish\n')
    const page = await ask(t, 'history', {})
    expect(page.rows.map(({ name }) => name)).toEqual(['gone'])
    expect(page.notices).toEqual(['1 line of the history could not be read and are left out'])
  })

  test('has each run once over kill -9 of the daemon: before it, during it and after it', async () => {
    await job('before', 'exit 0')
    await ended(t, 'before')
    await job('during', 'while ! test -e go; do sleep 0.1; done; exit 4')
    await reaches(t, 'during', 'running')
    await t.killDaemon()
    // Ends while nobody watches; its outcome is written down by its recorder.
    writeFileSync(join(t.dir, 'go'), '')
    await t.until(() => t.processes().length === 0, 'it has ended unwatched')
    expect((await reaches(t, 'during', 'failed')).exitCode).toBe(4)
    await t.killDaemon()
    await job('after', 'exit 0')
    await ended(t, 'after')
    await t.killDaemon()
    await t.ls('after')
    const names = await t.until(async () => {
      const found = (await rows()).map(({ name }) => name)
      return found.length >= 3 && found
    }, 'three rows')
    expect(names).toEqual(['after', 'during', 'before'])
    await t.until(() => existsSync(month()) && readFileSync(month(), 'utf8').split('\n').length === 4, 'three lines on disk')
  })
})

describe('results', () => {
  const TELLS = 'echo "::ptrack {\\"result\\":{\\"acc\\":$ACC}}"'
  const accOf = async (target: string) =>
    (await ask(t, 'results', { target })).rows.map(({ row }) => (row as { acc: number }).acc)

  test('outlive their process: by its name, by its id, over REST, until they are purged', async () => {
    const ids: string[] = []
    for (const acc of [0.1, 0.2]) {
      await job('exp', TELLS.replace('$ACC', String(acc)))
      await ended(t, 'exp')
      ids.push((await ask(t, 'results', { target: 'exp' })).id)
      expect((await rows({ targets: ['exp'], max: 1 }))[0]).toMatchObject({ id: ids.at(-1), results: 1 })
      await ask(t, 'delete', { targets: ['exp'] })
    }
    await t.killDaemon()
    // The newest of that name, and an older one by its id.
    expect([await accOf('exp'), await accOf(ids[0]!), await accOf(ids[1]!)]).toEqual([[0.2], [0.1], [0.2]])
    expect((await t.ok(['results', 'exp', '--format', 'json'])).stdout).toBe('{"acc":0.2}\n')
    await job('exp', TELLS.replace('$ACC', '0.3'))
    await ended(t, 'exp')
    expect([await accOf('exp'), await accOf(ids[1]!)]).toEqual([[0.3], [0.2]])
    await ask(t, 'delete', { targets: ['exp'], purge: true })
    const page = await ask(t, 'results', { target: 'exp' })
    expect(page).toMatchObject({
      rows: [],
      total: 0,
      ended: true,
      notices: [
        'exp: its results are gone (removed by `ptrack delete --purge`, `ptrack gc` or by hand); `ptrack history exp` still has its runs',
      ],
    })
    await expect(ask(t, 'results', { target: 'never' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })
})

describe('retention', () => {
  test('ended jobs leave the live list by their age; history and logs stay', async () => {
    for (const name of ['old', 'young']) {
      await job(name, `echo said by ${name}`)
      await ended(t, name)
    }
    await job('failed', 'exit 1')
    await ended(t, 'failed')
    await t.here.ok(['daemon', 'stop'])
    editSaved(t.home, (state) => {
      for (const name of ['old', 'failed']) savedOf(state, name).tracked.sinceMs -= 25 * 3_600_000
      // A daemon has watched all the while.
      state.settings.observed.spans = [{ wallMs: Date.now() - 40 * 3_600_000, ms: 40 * 3_600_000 }]
    })
    await t.until(async () => (await t.ls('old')) === undefined, 'the old one has left')
    expect([(await t.ls('young'))?.status, (await t.ls('failed'))?.status]).toEqual(['done', 'failed'])
    expect(existsSync(join(t.home, 'env', 'old.json'))).toBe(false)
    expect(said(t, 'old')).toBe('said by old\n')
    expect((await rows({ targets: ['old'] })).length).toBe(1)
    // It is gone from the state too, and its name is free.
    await t.killDaemon()
    expect(await t.ls('old')).toBeUndefined()
    expect((await job('old', 'exit 0')).ok).toBe(true)
  })
})
