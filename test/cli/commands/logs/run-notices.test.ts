import { expect, test } from 'vitest'
import { noticeOf, RunNotices } from '../../../../src/cli/commands/logs/run-notices.ts'
import type { PtrackEvent } from '../../../../src/protocol/events.ts'
import type { LogLine } from '../../../../src/protocol/view.ts'

const event = (type: string, payload: Record<string, unknown>): PtrackEvent =>
  ({ seq: 1, at: '2026-01-01T00:00:00.000Z', process: 'web', id: 'a1', type, ...payload }) as unknown as PtrackEvent
const exit = (run: number, reason = 'exit code 1') => event('processExit', { run, exitCode: 1, signal: null, reason })
const started = (run: number, adopted = false) => event('processStarted', { run, pid: 7, adopted })
const line = (text: string, run: number, process = 'web'): LogLine => ({ process, stream: 'out', at: null, run, text })

function recorder() {
  const shown: string[] = []
  const notices = new RunNotices((text) => shown.push(text))
  const lines = (...all: LogLine[]) =>
    notices.around(all, (part) => {
      shown.push(...part.map(({ text }) => text))
      return null
    })
  return { shown, notices, lines }
}

test('what an event says, and what says nothing', () => {
  expect(noticeOf(exit(2))?.text).toBe('-- web: exit code 1 (run 2) --')
  expect(noticeOf(started(3))?.text).toBe('-- web: started (run 3, pid 7) --')
  expect(noticeOf(event('processError', { run: 1, code: 'EACCES', message: 'cannot start web: why' }))?.text).toBe(
    '-- cannot start web: why --',
  )
  expect(noticeOf(started(1))).toBeNull()
  expect(noticeOf(started(3, true))).toBeNull()
  expect(noticeOf(event('progress', {}))).toBeNull()
  expect(noticeOf(exit(2, 'bad\u001b[2Jwords'))?.text).not.toContain('\u001b')
})

test('it stands behind the last lines of its run and before the first of the next, whenever they come', async () => {
  const { shown, notices, lines } = recorder()
  notices.noteEvent(exit(1))
  notices.noteEvent(started(2))
  await lines(line('last words', 1), line('of another', 9, 'db'), line('hello again', 2), line('going on', 2))
  expect(shown).toEqual([
    'last words',
    'of another',
    '-- web: exit code 1 (run 1) --',
    '-- web: started (run 2, pid 7) --',
    'hello again',
    'going on',
  ])
  expect(notices.waiting).toBe(false)
})

test('without a line behind it, it comes by itself', async () => {
  const { shown, notices, lines } = recorder()
  notices.noteEvent(exit(1))
  await lines(line('last words', 1))
  expect(shown).toEqual(['last words'])
  notices.flush()
  expect(shown).toEqual(['last words', '-- web: exit code 1 (run 1) --'])
})
