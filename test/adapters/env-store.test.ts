import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createEnvStore } from '../../src/adapters/env-store.ts'
import { until } from '../support/until.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-env-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const env = (value: string) => ({ caller: { A: value, PATH: '/bin' }, set: { B: 'ünï\nline' } })

test('what was written is read, by the next daemon too, from a private file', async () => {
  const envs = createEnvStore({ dir })
  expect(envs.read('web')).toBeNull()
  await envs.write('web', env('1'))
  expect(envs.read('web')).toEqual(env('1'))
  expect(createEnvStore({ dir }).read('web')).toEqual(env('1'))
  expect(statSync(join(dir, 'web.json')).mode & 0o777).toBe(0o600)
  await envs.write('web', env('2'))
  expect(envs.read('web')).toEqual(env('2'))
  await envs.remove('web')
  await envs.remove('web')
  expect(envs.read('web')).toBeNull()
  expect(readdirSync(dir)).toEqual([])
})

test('writers of one name take turns: the last one counts', async () => {
  const envs = createEnvStore({ dir })
  const writes = Array.from({ length: 20 }, (_, i) => envs.write('web', env(String(i))))
  await Promise.all([...writes, envs.write('api', env('other'))])
  expect(envs.read('web')).toEqual(env('19'))
  expect(envs.read('api')).toEqual(env('other'))
  expect(readdirSync(dir).sort()).toEqual(['api.json', 'web.json'])
})

test('a file edited by hand is read anew', async () => {
  const envs = createEnvStore({ dir })
  await envs.write('web', env('1'))
  envs.read('web')
  writeFileSync(join(dir, 'web.json'), JSON.stringify({ caller: {}, set: { EDITED: 'yes' } }))
  await until(() => envs.read('web')?.set.EDITED === 'yes', 'it is read anew')
})

for (const broken of ['', '{"caller":', '[]', 'null', '{"caller":{"A":1},"set":{}}', '{"caller":{}}']) {
  test(`an unreadable file is kept aside: ${broken || 'empty'}`, () => {
    writeFileSync(join(dir, 'web.json'), broken)
    const warned: string[] = []
    const note = (_: string, message: string) => void warned.push(message)
    const envs = createEnvStore({ dir, log: { debug: note, info: note, warn: note, error: note } })
    expect(envs.read('web')).toBeNull()
    expect(warned).toEqual([expect.stringContaining('environment of web could not be read')])
    const [kept, ...others] = readdirSync(dir)
    expect(kept).toMatch(/^web\.json\.corrupt-/)
    expect(others).toEqual([])
    expect(readFileSync(join(dir, kept!), 'utf8')).toBe(broken)
  })
}

test('a variable may be called anything', async () => {
  const caller = JSON.parse('{"__proto__":"a","constructor":"b","":"c"}')
  await createEnvStore({ dir }).write('web', { caller, set: {} })
  const read = createEnvStore({ dir }).read('web')
  expect(Object.entries(read!.caller)).toEqual(Object.entries(caller))
})

test('names that end alike share no temporary file, and no name leaves the directory', async () => {
  const envs = createEnvStore({ dir })
  const names = ['a', 'a.json', 'a.json.tmp', 'a:0', 'a@b']
  await Promise.all(names.map((name) => envs.write(name, env(name))))
  for (const name of names) expect(envs.read(name)).toEqual(env(name))
  for (const name of ['../a', './a', 'a.json/b', 'none/a', 'a/b/c', '/a', 'a/', '', '.', '..'])
    expect(() => envs.read(name)).toThrow('not a process name')
})

test('what the system will not let us read is not taken for an empty environment', async () => {
  const envs = createEnvStore({ dir: join(dir, 'file') })
  writeFileSync(join(dir, 'file'), '')
  expect(() => envs.read('web')).toThrow(expect.objectContaining({ code: 'FAILED' }))
  await expect(envs.write('web', env('1'))).rejects.toMatchObject({ code: 'STATE_WRITE_FAILED', hint: expect.any(String) })
})
