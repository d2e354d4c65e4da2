/** PTRACK_LISTEN: all of it, or nothing. */
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { isInherited, parseListen } from '../../src/preload/inherited.ts'
import { leaveOptions } from '../../src/preload/options.ts'

const entry = { fd: 3, inode: 123, name: 'web', port: 3000, host: '::' }

test('an entry of TCP and one of a path', () => {
  expect(parseListen(JSON.stringify([entry, { fd: 4, inode: 124, name: 'admin', path: '/run/app.sock', backlog: 7 }]))).toEqual([
    { ...entry, path: null, backlog: 4096 },
    { fd: 4, inode: 124, name: 'admin', port: null, host: '', path: '/run/app.sock', backlog: 7 },
  ])
})

test.each([
  ['', '{}', '3', 'null', '[null]', '[3]', '[[]]'],
  [
    { fd: 2 },
    { fd: '3' },
    { fd: 3.5 },
    { inode: -1 },
    { inode: '123' },
    { name: 1 },
    { port: 65_536 },
    { port: null },
    { path: '/x' },
  ].map((wrong) => JSON.stringify([entry, { ...entry, ...wrong }])),
])('anything malformed is nothing', (...texts) => {
  for (const text of texts.flat()) expect(parseListen(text), text).toBeNull()
})

test('a descriptor that is something else, or is not there, is not inherited', () => {
  const socket = parseListen(JSON.stringify([entry]))![0]!
  expect(isInherited(socket)).toBe(false)
  expect(isInherited({ ...socket, fd: 100_000 })).toBe(false)
})

const OWN = '/home/a "b"/preload-0123.cjs'
const quoted = '--require "/home/a \\"b\\"/preload-0123.cjs"'

test.each([
  [quoted, undefined],
  [`${quoted} --no-warnings`, '--no-warnings'],
  [`--require "/x/ptrack-preload.cjs" ${quoted} -r ./mine.js`, '--require "/x/ptrack-preload.cjs" -r ./mine.js'],
  ['--require "/other/preload-0123.cjs"', '--require "/other/preload-0123.cjs"'],
  ['--require "C:\\q"', '--require "C:\\q"'],
  ['--require ./preload-0123.cjs', '--require ./preload-0123.cjs'],
])('NODE_OPTIONS %s become the program’s own', (before, after) => {
  const env: NodeJS.ProcessEnv = { NODE_OPTIONS: before }
  leaveOptions(env, OWN)
  expect(env.NODE_OPTIONS).toBe(after)
})

test('a file that was named through a link is the same file', () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-options-')))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'own.cjs'), '')
  symlinkSync(dir, join(dir, 'link'))
  const env: NodeJS.ProcessEnv = { NODE_OPTIONS: `--require "${join(dir, 'link/own.cjs')}"` }
  leaveOptions(env, join(dir, 'own.cjs'))
  expect(env.NODE_OPTIONS).toBeUndefined()
})
