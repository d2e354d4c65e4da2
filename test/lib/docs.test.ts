/** Every block of docs/library.md runs as a program of its own, and prints what the document says. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Ptrack } from '../../src/lib/ptrack.ts'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { runNode } from './support/script.ts'

const text = readFileSync(join(root, 'docs/library.md'), 'utf8')
const blocks = [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map((match) => match[1]!)

let t: TestHome
beforeAll(async () => {
  t = await testHome()
  mkdirSync(join(t.dir, 'node_modules'))
  symlinkSync(root, join(t.dir, 'node_modules/ptrack'))
})
afterAll(() => t?.close())

test('there are blocks, and they promise something', () => {
  expect(blocks.length).toBeGreaterThanOrEqual(5)
  expect(blocks.filter((block) => block.includes('// -> ')).length).toBeGreaterThanOrEqual(5)
})

blocks.forEach((block, number) => {
  test(`block ${number + 1}`, async () => {
    const file = join(t.dir, `block-${number + 1}.mjs`)
    writeFileSync(file, block)
    const promised = [...block.matchAll(/\/\/ -> (.*)$/gm)].map((match) => `${match[1]}\n`).join('')
    const ran = await runNode([file], t.env).ended
    expect(ran, t.logTail()).toMatchObject({ code: 0, stderr: '', stdout: promised })
  })
})

test('CommonJS has the same', async () => {
  const file = join(t.dir, 'common.cjs')
  writeFileSync(file, "const { connect, track } = require('ptrack')\ntrack('common', () => 7).then(console.log)\nvoid connect")
  expect(await runNode([file], t.env).ended).toMatchObject({ code: 0, stderr: '', stdout: '7\n' })
  expect(await t.ls('common')).toMatchObject({ status: 'done' })
})

test('what the blocks told is there', async () => {
  expect(await t.ls('tuning')).toMatchObject({ kind: 'external', status: 'done', results: 5, progress: { percent: 100 } })
  expect(await t.ls('import')).toMatchObject({ status: 'done', title: 'Import of May', metadata: { source: 'bank', files: 2 } })
})

test('every method that the document names exists, and none is left out', () => {
  const named = /named like the commands: `([^`]*)`/.exec(text)![1]!.split(/\s+/)
  const own = Object.getOwnPropertyNames(Ptrack.prototype)
  const left = ['constructor', 'results', 'events', 'on', 'watch', 'close', 'ask']
  expect([...named, ...left].sort()).toEqual([...own].sort())
})
