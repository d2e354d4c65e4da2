/** Logs in files that definitions name: rotated there, found again by the next daemon, shared, and left alone at the end. */
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  countNumbered,
  discard,
  ended,
  type Kept,
  keeperIn,
  numbered,
  scratch,
  startWriter,
  until,
  wholeFile,
} from '../support/logs.ts'

const bounds = { maxBytes: 65_536, keep: 5 }
let root: string
let logs: string
let outFile: string
let kept: Kept
beforeEach(() => {
  root = scratch()
  logs = join(root, 'home', 'logs')
  mkdirSync(logs, { recursive: true })
  mkdirSync(join(root, 'app'))
  outFile = join(root, 'app', 'out.log')
  kept = keeperIn(logs)
})
afterEach(async () => {
  await kept.keeper.close()
  discard(root)
})

const again = async (): Promise<void> => {
  await kept.keeper.close()
  kept = keeperIn(logs)
  await kept.keeper.recover()
}
const beside = (): string[] => readdirSync(join(root, 'app')).sort()
const texts = async (...names: string[]): Promise<string[]> =>
  (await kept.keeper.read({ names, stream: 'both', tail: 10_000 })).lines.map(({ text }) => text)
const written = (): string => wholeFile(join(root, 'app'), 'out.log', 'out.log.ptrack')

test('lines from before are read too, and the next daemon finds the file without the definition', async () => {
  writeFileSync(outFile, 'before\n')
  expect(kept.keeper.beginRun('web', 1, { ...bounds, outFile })).toEqual({ outFile, errFile: join(logs, 'web.err.log') })
  appendFileSync(outFile, 'first\n')
  expect(await texts('web')).toEqual(['before', 'first'])
  const page = await kept.keeper.read({ names: ['web'], stream: 'out', run: 1 })
  expect(page.lines).toMatchObject([{ text: 'first', run: 1 }])
  kept.keeper.endRun('web')
  await again()
  expect(await texts('web')).toEqual(['before', 'first'])
  expect(kept.keeper.keptAs('web')).toBe('web')
})

test('it is rotated there under names of its own, and nothing is lost', async () => {
  writeFileSync(join(root, 'app', 'out.log.1'), 'of another program\n')
  kept.keeper.beginRun('web', 1, { ...bounds, keep: 100, outFile })
  const writer = startWriter(outFile, 12_000)
  await ended(writer)
  await until(
    'rotation',
    () => beside().some((file) => /^out\.log\.ptrack\.\d+\.gz$/.test(file)) && statSync(outFile).size < 65_536,
  )
  await kept.keeper.close()
  const archives = beside().filter((file) => /ptrack\.\d/.test(file)).length
  expect(archives).toBeGreaterThan(0)
  expect(readFileSync(join(root, 'app', 'out.log.1'), 'utf8')).toBe('of another program\n')
  kept = keeperIn(logs)
  await kept.keeper.recover()
  const { lines } = await kept.keeper.read({ names: ['web'], stream: 'out', tail: 5 })
  expect(lines.at(-1)?.text).toMatch(/^11999 /)
  expect(countNumbered(written())).toBe(12_000)
  expect(readdirSync(logs).filter((file) => file.startsWith('web.out.log'))).toEqual([])
})

test('two processes with one file have one rotation, and each line is shown once', async () => {
  const files = { ...bounds, keep: 100, outFile }
  kept.keeper.beginRun('web:0', 1, files)
  kept.keeper.beginRun('web:1', 1, { ...files, errFile: outFile })
  const writers = [startWriter(outFile, 1500, 1), startWriter(outFile, 1500, 1)]
  await Promise.all(writers.map(ended))
  await until('rotation', () => statSync(outFile).size < 65_536)
  const lines = await texts('web:0', 'web:1')
  expect(lines).toEqual(await texts('web:1'))
  const last = new Map<string, number>()
  for (const line of lines) last.set(line, (last.get(line) ?? 0) + 1)
  // Each wrote each line once, whole.
  expect([...last.values()].every((count) => count === 2)).toBe(true)
  expect(last.size).toBe(1500)
})

test('one that is deleted leaves the file; purged, what was made for it goes', async () => {
  kept.keeper.beginRun('web', 1, { ...bounds, outFile })
  appendFileSync(outFile, numbered(0, 3000))
  await until(
    'rotation',
    async () => (await kept.keeper.read({ names: ['web'], stream: 'out' })) && statSync(outFile).size < 65_536,
  )
  kept.keeper.endRun('web')
  kept.keeper.disown('web', 'a1b2c3d4e5f6')
  await kept.keeper.setAside('web')
  expect(await texts('web')).toEqual([])
  expect((await texts('web~a1b2c3d4e5f6')).length).toBe(3000)
  await kept.keeper.remove('web~a1b2c3d4e5f6')
  expect(countNumbered(written())).toBe(3000)

  kept.keeper.beginRun('web', 1, { ...bounds, outFile })
  expect((await texts('web')).length).toBe(3000)
  await kept.keeper.remove('web', true)
  // It was there before this process.
  await until('nothing else', () => beside().join() === 'out.log')
  const made = join(root, 'app', 'made.log')
  kept.keeper.beginRun('api', 1, { ...bounds, outFile: made })
  writeFileSync(made, 'x\n')
  await kept.keeper.remove('api', true)
  expect(existsSync(made)).toBe(false)
})

test('flush empties it, and a process that logs at home again begins there', async () => {
  kept.keeper.beginRun('web', 1, { ...bounds, outFile })
  appendFileSync(outFile, 'a\n')
  await kept.keeper.flush('web')
  expect([statSync(outFile).size, await texts('web')]).toEqual([0, []])
  appendFileSync(outFile, 'b\n')
  kept.keeper.endRun('web')
  kept.keeper.beginRun('web', 2, bounds)
  appendFileSync(join(logs, 'web.out.log'), 'c\n')
  expect(await texts('web')).toEqual(['c'])
  kept.keeper.endRun('web')
  await again()
  expect(await texts('web')).toEqual(['c'])
  expect(readFileSync(outFile, 'utf8')).toBe('b\n')
})

test('what cannot be a log is refused with the reason', () => {
  const { check } = kept.keeper
  const at = (name: string): string => join(root, 'app', name)
  mkdirSync(at('dir'))
  symlinkSync('/etc/passwd', at('link'))
  expect(() => check(at('new.log'))).not.toThrow()
  expect(() => check('/dev/null')).not.toThrow()
  expect(() => check(at('no/such.log'))).toThrow(`the directory ${at('no')} does not exist`)
  expect(() => check(at('dir'))).toThrow('it is a directory, not a file')
  expect(() => check(at('link'))).toThrow('it is a symbolic link, not a file')
  expect(() => check('/dev/tty')).toThrow('it is a device, not a file')
  expect(() => check(join(logs, 'web.out.log'))).toThrow("it is in ptrack's own home")
})
