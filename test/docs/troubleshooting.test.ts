/** docs/troubleshooting.md: its examples run and print what it says, and its table of errors is the catalogue, no more and no less. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { problem } from '../../src/api/http/problem.ts'
import { ERROR_CODES, type ErrorCode } from '../../src/protocol/errors.ts'
import { root } from '../support/bundle.ts'
import { testDocument } from '../support/document.ts'
import { freePort } from '../support/free-port.ts'

testDocument('docs/troubleshooting.md', { ports: { 4410: freePort, 4420: freePort } })

test('every error code is explained, with its exit code', () => {
  const page = readFileSync(join(root, 'docs/troubleshooting.md'), 'utf8')
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\d) \| (\d{3}) \| (.+) \| (.+) \|$/gm)]
  expect(Object.fromEntries(rows.map((row) => [row[1], Number(row[2])]))).toEqual(ERROR_CODES)
  for (const [, code, , status] of rows) expect(problem({ code: code as ErrorCode, message: '' }).status).toBe(Number(status))
})
