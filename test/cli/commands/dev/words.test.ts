/** The sentences between the lines of the programs, the place of the file among the operands, and the end of a log. */
import { describe, expect, test } from 'vitest'
import { splitOperands } from '../../../../src/cli/commands/dev/operands.ts'
import { lastLines } from '../../../../src/cli/commands/dev/process-output.ts'
import {
  crashWords,
  endWords,
  readyWords,
  restartWords,
  startedWords,
  tookWords,
} from '../../../../src/cli/commands/dev/words.ts'

test('sentences', () => {
  expect([850.4, 1234, 59_949, 125_000].map(tookWords)).toEqual(['850 ms', '1.2 s', '59.9 s', '2m 5s'])
  expect(startedWords('web', 1, 12, true)).toBe('web started (pid 12)')
  expect(startedWords('web', 3, 12, false)).toBe('web started again (run 3, pid 12)')
  expect(readyWords('web', { url: 'http://127.0.0.1:5173', port: 5173 }, 1234)).toBe('web ready at http://127.0.0.1:5173 (1.2 s)')
  expect(readyWords('redis', { url: null, port: 6379 }, 1234)).toBe('redis ready on port 6379 (1.2 s)')
  expect(readyWords('worker', { url: null, port: null }, null)).toBe('worker ready')
  expect(crashWords('api', 'exit code 1', { attempt: 2, of: 10, inMs: 1000 })).toBe(
    'api ended: exit code 1; next attempt in 1.0 s (2 of 10)',
  )
  expect(crashWords('api', 'exit code 1', { attempt: 2, of: null, inMs: -5 })).toBe('api ended: exit code 1; next attempt now')
  expect(crashWords('api', 'exit code 1', null)).toBe('api ended: exit code 1; it is started again')
  expect(endWords('migrate', 'done', null, 300)).toBe('migrate done (300 ms)')
  expect(endWords('api', 'failed', 'exit code 1', 300)).toBe('api failed: exit code 1')
  expect(endWords('api', 'failed', 'cannot start api: /x does not exist; check the path', 3)).toBe(
    'cannot start api: /x does not exist; check the path',
  )
  expect(endWords('web', 'stopped', null, 40)).toBe('web stopped (40 ms)')
  expect(endWords('web', 'stopped', 'session dev-shop-12 ended', 40)).toBe('web stopped: session dev-shop-12 ended (40 ms)')
  expect(endWords('web', 'running', null, 40)).toBeNull()
  expect(restartWords('web', 'restarting: src/app.js changed')).toBe('web restarts: src/app.js changed')
  expect(restartWords('web', 'restarting')).toBe('web restarts')
  expect(restartWords('web', 'restarting with what depends on it')).toBe('web restarts')
  expect(restartWords('web', 'stopping')).toBeNull()
})

describe('splitOperands', () => {
  const there =
    (...files: string[]) =>
    (word: string): boolean =>
      files.includes(word)
  test.each([
    [[], [], undefined, []],
    [['web', 'api'], [], undefined, ['web', 'api']],
    [['Procfile.dev'], ['Procfile.dev'], 'Procfile.dev', []],
    [['Procfile.dev', 'web'], ['Procfile.dev'], 'Procfile.dev', ['web']],
    [['server', 'web'], ['server'], undefined, ['server', 'web']],
    [['./server'], [], './server', []],
    [['ptrack.yaml'], [], 'ptrack.yaml', []],
    [['app.js', 'web'], [], undefined, ['app.js', 'web']],
    [['deploy/ptrack.yaml', 'web'], [], 'deploy/ptrack.yaml', ['web']],
  ] as [string[], string[], string | undefined, string[]][])('%j beside %j', (words, files, file, names) => {
    expect(splitOperands(words, there(...files))).toEqual({ file, names })
  })
})

test('of what ran before, the last whole lines; all of what follows', () => {
  const text = Array.from({ length: 15 }, (_, i) => `line ${i}\n`).join('')
  const old = Buffer.byteLength(text)
  expect(lastLines(Buffer.from(`${text}new`), old, false).toString()).toMatch(/^line 5\n[\s\S]*line 14\nnew$/)
  expect(lastLines(Buffer.from('b\nc\nnew'), 4, false).toString()).toBe('b\nc\nnew')
  expect(lastLines(Buffer.from('alf\nc\nnew'), 6, true).toString()).toBe('c\nnew')
})
