/** Config files that are programs, run for real. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { evaluate } from '../../src/files/import/evaluate.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ptrack-evaluate-'))
})
afterEach(() => rmSync(directory, { recursive: true, force: true }))

function value(name: string, text: string): Promise<unknown> {
  const file = join(directory, name)
  writeFileSync(file, text)
  return evaluate(file, {
    env: { PATH: process.env.PATH!, WHO: 'me' },
    cwd: directory,
    readText: (path) => readFileSync(path, 'utf8'),
  })
}

test.each([
  ['a.config.js', 'console.log("noise"); module.exports = { apps: [{ script: process.env.WHO }] }'],
  ['a.config.cjs', 'exports.apps = [{ script: "me" }]'],
  ['a.config.mjs', 'export default { apps: [{ script: await Promise.resolve("me") }] }'],
  ['es.config.js', 'export default { apps: [{ script: "me" }] }'],
])('%s', async (name, text) => {
  if (name === 'es.config.js') writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  expect(await value(name, text)).toEqual({ apps: [{ script: 'me' }] })
})

test('one that throws says why, one that keeps a timer does not hang', async () => {
  await expect(value('a.js', 'throw new Error("no such stage")')).rejects.toThrow(/cannot import .*a\.js: no such stage/)
  const dies = `const { EventEmitter } = require('node:events')
setImmediate(() => new EventEmitter().emit('error', new Error('listen EADDRINUSE 3000')))
module.exports = new Promise(() => {})`
  await expect(value('c.js', dies)).rejects.toThrow(/cannot import .*c\.js: Error: listen EADDRINUSE 3000/)
  expect(await value('b.js', 'setInterval(() => {}, 1000); module.exports = []')).toEqual([])
})
