/** The preload of shared sockets is loaded from the home, whatever becomes of the package. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { preloadCopy } from '../../src/adapters/preload-copy.ts'

function scratch(): { original: string; home: string } {
  const dir = mkdtempSync(join(tmpdir(), 'ptrack-copy-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  const original = join(dir, 'preload.cjs')
  writeFileSync(original, 'first')
  return { original, home: join(dir, 'home/sockets') }
}

test('a copy is made once, kept beside one of another version, and outlives the package', () => {
  const { original, home } = scratch()
  const of = preloadCopy(original, home)
  const first = of()!
  expect(readFileSync(first, 'utf8')).toBe('first')
  writeFileSync(original, 'second')
  expect(of()).toBe(first)
  const second = preloadCopy(original, home)()!
  expect([readFileSync(first, 'utf8'), readFileSync(second, 'utf8')]).toEqual(['first', 'second'])
  rmSync(original)
  expect(of()).toBe(first)
  expect(readdirSync(home)).toHaveLength(2)
})

test('a copy that was removed is made again; where none can be made, the original is used', () => {
  const { original, home } = scratch()
  const of = preloadCopy(original, home)
  rmSync(of()!)
  expect(readFileSync(of()!, 'utf8')).toBe('first')
  const { original: other, home: file } = scratch()
  const blocked = join(file, '../blocked')
  expect(preloadCopy(other, join(other, 'not-a-directory'))()).toBe(other)
  expect(preloadCopy(join(blocked, 'gone.cjs'), blocked)()).toBeNull()
})
