/** What must be a file and is none: nothing waits for it, nothing is written or emptied elsewhere, and its name is said. */
import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createHistoryStore } from '../../src/adapters/history-store.ts'
import { createLogFile } from '../../src/adapters/log-file.ts'
import { recordedExit } from '../../src/adapters/recorder.ts'
import { openFile, openFileSync, readText, writeTextSync } from '../../src/adapters/regular-file.ts'
import { createResultStore } from '../../src/adapters/results/result-store.ts'
import { readPlain } from '../../src/protocol/plain-file.ts'
import { keeperIn, realClock, recordingLog, write } from './support/logs.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'ptrack-file-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const precious = (): string => {
  const file = join(dir, 'precious')
  writeFileSync(file, 'precious')
  return file
}

const KINDS: [string, (path: string) => Promise<void> | void, string][] = [
  ['a FIFO', (path) => void execFileSync('mkfifo', [path]), 'it is a FIFO, not a file'],
  ['a symbolic link', (path) => symlinkSync(precious(), path), 'it is a symbolic link, not a file'],
  ['a directory', (path) => mkdirSync(path), 'it is a directory, not a file'],
  [
    'a socket',
    (path) =>
      new Promise((resolve) => {
        const server = createServer().listen(path, resolve)
        server.unref()
      }),
    'it is a socket, not a file',
  ],
]

describe.each(KINDS)('%s in place of a file', (_, make, words) => {
  const flags = ['r', 'r+', 'w', 'a', 'a+', 'there', 'update'] as const
  test.each(flags)('is refused for %s', async (flag) => {
    const path = join(dir, 'x')
    await make(path)
    const refused = { code: 'EFTYPE', path, words }
    expect(() => openFileSync(path, flag)).toThrow(expect.objectContaining(refused))
    await expect(openFile(path, flag)).rejects.toMatchObject(refused)
  })
})

test('files are made private, written, lengthened and read as usual', async () => {
  const path = join(dir, 'x')
  expect(() => openFileSync(path, 'r')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  expect(() => openFileSync(path, 'there')).toThrow(expect.objectContaining({ code: 'ENOENT' }))
  writeTextSync(path, 'one\n', 'w')
  writeTextSync(path, 'two\n', 'a')
  expect(readPlain(path)).toBe('one\ntwo\n')
  expect(await readText(path)).toBe('one\ntwo\n')
  const fd = openFileSync(path, 'w')
  closeSync(fd)
  expect(readPlain(path)).toBe('')
})

describe('the stores of a home', () => {
  test('an exit record that is a FIFO tells nothing', () => {
    execFileSync('mkfifo', [join(dir, 'a.1')])
    expect(recordedExit(join(dir, 'a.1'))).toBeNull()
  })

  test("the daemon's own log sets a FIFO aside and goes on", () => {
    const file = join(dir, 'daemon.log')
    execFileSync('mkfifo', [file])
    createLogFile(file, 1000).write('line\n')
    expect(readFileSync(file, 'utf8')).toBe('line\n')
  })

  test('results and history name the file', async () => {
    execFileSync('mkfifo', [join(dir, 'a.jsonl')])
    const results = createResultStore({ dir, clock: realClock, log: recordingLog() })
    await expect(results.read('a', 1, { maxRows: 1, maxBytes: 1000 })).rejects.toMatchObject({
      message: `cannot read the results in ${join(dir, 'a.jsonl')}: it is a FIFO, not a file`,
      hint: `move ${join(dir, 'a.jsonl')} away`,
    })
    await results.close()
    execFileSync('mkfifo', [join(dir, '2026-01.jsonl')])
    const history = createHistoryStore({ dir, clock: realClock, log: recordingLog() })
    await expect(history.scan({}, () => true)).rejects.toMatchObject({
      message: 'cannot read the history: it is a FIFO, not a file',
      hint: `move ${join(dir, '2026-01.jsonl')} away`,
    })
    await history.close()
  })

  test.each(['a.out.log', 'a.out.log.meta', 'a.index', 'a.out.log.1'])(
    'reading logs beside a FIFO at %s gives the rest',
    async (file) => {
      execFileSync('mkfifo', [join(dir, file)])
      write(dir, 'a', 'said\n', 'err')
      const { keeper } = keeperIn(dir)
      try {
        await keeper.recover()
        expect((await keeper.tail('a', 10, 'both')).map(({ text }) => text)).toEqual(['said'])
      } finally {
        await keeper.close()
      }
    },
  )

  test('emptying a log does not empty what a link at its place leads to', async () => {
    const file = precious()
    symlinkSync(file, join(dir, 'a.out.log'))
    const { keeper } = keeperIn(dir)
    try {
      await expect(keeper.flush('a')).rejects.toMatchObject({
        message: `cannot empty the log ${join(dir, 'a.out.log')}: it is a symbolic link, not a file`,
        hint: `move ${join(dir, 'a.out.log')} away`,
      })
      expect(readFileSync(file, 'utf8')).toBe('precious')
    } finally {
      await keeper.close()
    }
  })
})
