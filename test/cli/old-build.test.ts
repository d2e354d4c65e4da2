/** bin/ of a checkout that was not built since: a sentence, and no stack. */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { root } from '../support/bundle.ts'

let checkout: string
beforeEach(() => {
  checkout = mkdtempSync(join(tmpdir(), 'ptrack-checkout-'))
  cpSync(join(root, 'bin'), join(checkout, 'bin'), { recursive: true })
  mkdirSync(join(checkout, 'dist'))
})
afterEach(() => rmSync(checkout, { recursive: true }))

const bundle = (text: string): void => writeFileSync(join(checkout, 'dist/ptrack.cjs'), text)
const ptrack = () => spawnSync(process.execPath, [join(checkout, 'bin/ptrack.js'), 'ls'], { encoding: 'utf8' })

test.each(['"use strict";var fs=require("node:fs");\n', '#!/usr/bin/env node\nimport("x")\n', ''])('dist is %j', (text) => {
  bundle(text)
  expect(ptrack()).toMatchObject({
    status: 1,
    stdout: '',
    stderr: `ptrack: cannot start: ${checkout}/dist/ptrack.cjs is older than this checkout; \`npm run build\` makes it anew\n`,
  })
})

test('there is none', () => {
  expect(ptrack()).toMatchObject({ status: 1, stderr: expect.stringContaining('is missing; `npm run build` makes it\n') })
})

test('one of this build runs', () => {
  bundle(`/*${'0'.repeat(16)}*/(function (exports, require) { require('node:fs').writeSync(1, 'runs') })`)
  expect(execFileSync(process.execPath, [join(checkout, 'bin/ptrack.js')], { encoding: 'utf8' })).toBe('runs')
})
