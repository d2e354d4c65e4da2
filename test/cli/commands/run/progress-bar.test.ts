import { describe, expect, test } from 'vitest'
import { barLine, emptyBar, updateBar } from '../../../../src/cli/commands/run/progress-bar.ts'
import type { PtrackEvent } from '../../../../src/protocol/events.ts'
import type { ProcessView, ProgressView } from '../../../../src/protocol/view.ts'
import { bar, outlookWords, progressWords } from '../../../../src/words/progress.ts'
import { displayWidth } from '../../../../src/words/text.ts'
import { result, view } from '../../../support/views.ts'
import { type Answers, type Connection, fakeDaemon } from '../../support/fake-daemon.ts'
import { cli } from '../../support/run-cli.ts'

const progress = (over: Partial<ProgressView> = {}): ProgressView => ({
  percent: null,
  current: null,
  total: null,
  unit: null,
  message: null,
  etaMs: null,
  stalled: false,
  ...over,
})

const about = (payload: object, seq = 1): PtrackEvent =>
  ({ seq, at: '2026-03-01T12:00:00.000Z', process: 'job', id: 'abc123', run: 1, ...payload }) as PtrackEvent

describe('words', () => {
  test.each<[Partial<ProgressView>, string | null, string | null]>([
    [{}, null, null],
    [{ percent: 42.4 }, '42%', '42%'],
    [{ percent: 42, etaMs: 181_000 }, '42% 3m 1s left', '42%'],
    [{ percent: 42, etaMs: 10 }, '42% 1s left', '42%'],
    [{ percent: 99.7, stalled: true }, '99% stalled', '99%'],
    [{ percent: 100, etaMs: 0 }, '100%', '100%'],
    [{ current: 420, unit: 'files' }, '420 files', '420 files'],
  ])('%j: %s while it goes, %s when it has ended', (over, going, ended) => {
    expect(progressWords(progress(over), true)).toBe(going)
    expect(progressWords(progress(over), false)).toBe(ended)
  })

  test('a bar is as long as it says', () => {
    expect([bar(0, 4), bar(50, 4), bar(100, 4), bar(250, 4)]).toEqual(['[----]', '[##--]', '[####]', '[####]'])
    expect(outlookWords(progress({ percent: 100, etaMs: 5000 }))).toBeNull()
  })
})

describe('the line', () => {
  test('percent, amount, time left counting down, the step that runs, the message', () => {
    const state = emptyBar(null, 0)
    expect(barLine(state, 80, 0)).toBeNull()
    updateBar(
      state,
      about({
        type: 'progress',
        progress: progress({ percent: 25, current: 1, total: 4, unit: 'files', message: 'a\nb', etaMs: 30_000 }),
      }),
      1000,
    )
    updateBar(state, about({ type: 'step', step: { id: 's', name: 'Fetch', status: 'running' } }), 1000)
    expect(barLine(state, 100, 11_000)).toBe('[######-------------------]  25%  1/4 files  20s left  Fetch  a b')
    updateBar(state, about({ type: 'step', step: { id: 's', name: 'Fetch', status: 'done' } }), 1000)
    expect(barLine(state, 100, 11_000)).not.toContain('Fetch')
    updateBar(state, about({ type: 'statusChange', to: 'retrying' }), 1000)
    expect(barLine(state, 100, 11_000)).toBeNull()
  })

  test('never wider than the terminal', () => {
    const state = emptyBar(progress({ percent: 10, message: '進捗'.repeat(60) }), 0)
    for (let width = 10; width < 200; width += 7) expect(displayWidth(barLine(state, width, 0)!)).toBeLessThan(width)
  })
})

/** A job that writes two pieces, the second once its progress was told, and ends when `mayEnd`. */
function talking(pieces: [string, string], options: { subscribed: boolean; mayEnd?: Promise<void> }): Answers {
  const end: ProcessView = view({ name: 'job', kind: 'job', pid: null, status: 'done', exitCode: 0 })
  let tell: () => void = () => undefined
  const told = new Promise<void>((resolve) => {
    tell = resolve
  })
  return {
    start: () => [
      result({ name: 'job', view: view({ kind: 'job', name: 'job', status: 'pending', queuePosition: 2, pid: null }) }),
    ],
    subscribe: (_params, connection: Connection) => {
      setImmediate(() => {
        connection.notify('event', {
          subscription: 's',
          event: about({ type: 'progress', progress: progress({ percent: 50 }) }, 5),
        })
        tell()
      })
      return { subscription: 's', epoch: 'e', seq: 4, snapshot: [], gap: false, replayed: 0 }
    },
    'logs.bytes': async ({ stream, from }) => {
      const at = from ?? 0
      if (stream === 'err') return { data: '', from: 0, next: 0, lost: 0, ended: true }
      const piece = at === 0 ? pieces[0] : at === pieces[0].length ? pieces[1] : ''
      if (piece === pieces[1] && options.subscribed) await told
      if (piece === '') await options.mayEnd
      return { data: btoa(piece), from: at, next: at + piece.length, lost: 0, ended: piece === '' }
    },
    list: () => [end],
  }
}

/** Runs it until the bar was seen; tells what stood on stdout then. */
async function withBar(pieces: [string, string]) {
  let seen: () => void = () => undefined
  const mayEnd = new Promise<void>((resolve) => {
    seen = resolve
  })
  let stdoutThen: string | null = null
  const daemon = await fakeDaemon(talking(pieces, { subscribed: true, mayEnd }))
  const ran = await cli(['run', '--', 'x'], {
    home: daemon.home,
    columns: 60,
    stderrColumns: 60,
    onOutput: ({ stdout, stderr }) => {
      if (!stderr.includes('50%')) return
      stdoutThen ??= stdout
      if (stdout.endsWith('\n')) seen()
    },
  })
  await daemon.close()
  return { ...ran, stdoutThen }
}

describe('run on a terminal', () => {
  test('the bar is on stderr, is gone at the end; stdout is byte-exact', async () => {
    const ran = await withBar(['one\n', 'two\n'])
    expect(ran).toMatchObject({ code: 0, stdout: 'one\ntwo\n' })
    expect(ran.stderr).toMatch(/\[#{8}-{7}\] {2}50%/)
    expect(ran.stderr.endsWith('\r\x1b[K')).toBe(true)
  })

  test('no bar inside an unfinished line', async () => {
    const ran = await withBar(['no end', ' of line\n'])
    expect(ran).toMatchObject({ stdout: 'no end of line\n', stdoutThen: 'no end of line\n' })
  })

  test.each([
    ['not a terminal', ['run', '--', 'x'], undefined],
    ['--no-progress', ['run', '--no-progress', '--', 'x'], 60],
    ['--json', ['run', '--json', '--', 'x'], 60],
  ])('%s: no bar, and nobody asks for events', async (_title, argv, stderrColumns) => {
    const daemon = await fakeDaemon(talking(['one\n', 'two\n'], { subscribed: false }))
    const ran = await cli(argv, { home: daemon.home, ...(stderrColumns ? { stderrColumns } : {}) })
    const asked = daemon.requests('subscribe')
    await daemon.close()
    expect(asked).toEqual([])
    expect(ran.stderr).not.toContain('[#')
    expect(ran.stderr.match(/job is queued, position 2/g)).toHaveLength(1)
  })
})
