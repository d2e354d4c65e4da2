/** The end of a job's input, said to who may be gone by then. */
import { execFileSync } from 'node:child_process'
import { closeSync, constants, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { inputFilesOf, sayEnd } from '../../src/protocol/input-files.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-input-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

test('who holds the input open hears it; nobody is no failure, nor one who goes in this moment', () => {
  const files = inputFilesOf(join(dir, 'job.1'))
  sayEnd(files)
  execFileSync('mkfifo', [files.end])
  sayEnd(files)
  const reader = openSync(files.end, constants.O_RDONLY | constants.O_NONBLOCK)
  sayEnd(files)
  const heard = Buffer.alloc(10)
  expect(heard.toString('utf8', 0, readSync(reader, heard))).toBe('end\n')
  const fails = (code: string) => () => {
    throw Object.assign(new Error(code), { code })
  }
  sayEnd(files, fails('EPIPE'))
  expect(() => sayEnd(files, fails('EIO'))).toThrow('EIO')
  closeSync(reader)
})
