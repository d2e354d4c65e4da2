import { mkdirSync, mkdtempSync, realpathSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createFileWatcher } from '../../src/adapters/file-watcher.ts'
import { checkGlobs } from '../../src/protocol/globs.ts'
import { until } from '../support/until.ts'

const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0).reverse()) close()
})

function kit(globs: string[], options: { ignored?: string[]; files?: string[] } = {}) {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'ptrack-watch-')))
  closing.push(() => rmSync(dir, { recursive: true, force: true }))
  let count = 0
  const write = (path: string): void => {
    mkdirSync(dirname(join(dir, path)), { recursive: true })
    writeFileSync(join(dir, path), `${++count}`)
  }
  for (const path of options.files ?? []) write(path)
  const seen: string[] = []
  const errors: string[] = []
  const watcher = createFileWatcher().watch(
    { cwd: dir, globs: [...globs, 'beat'], ignored: (options.ignored ?? []).map((path) => join(dir, path)) },
    { change: (path) => seen.push(path), error: (why) => errors.push(why) },
  )
  closing.push(() => watcher.close())
  /** Writes until it is told of: before the watcher is at work, a change is not seen. */
  const isSeen = (path: string): Promise<unknown> =>
    until(() => {
      write(path)
      return seen.includes(path)
    }, `a change of ${path} is seen`)
  /** What has been seen by the time at which a later change is. */
  async function settled(): Promise<string[]> {
    const before = seen.filter((path) => path === 'beat').length
    await until(() => {
      write('beat')
      return seen.filter((path) => path === 'beat').length > before
    }, 'a change of the marker file is seen')
    return seen.filter((path) => path !== 'beat')
  }
  return { write, seen, errors, watcher, isSeen, settled, remove: (path: string) => unlinkSync(join(dir, path)) }
}

describe('what is seen', () => {
  test('changed, new and removed files under a glob, by their path from the working directory', async () => {
    const t = kit(['src/**/*.js'], { files: ['src/a.js', 'src/deep/b.js', 'src/a.txt', 'other.js'] })
    expect(await t.settled()).toEqual([])
    await t.isSeen('src/a.js')
    await t.isSeen('src/deep/b.js')
    await t.isSeen('src/new/c.js')
    const before = t.seen.filter((path) => path === 'src/new/c.js').length
    t.remove('src/new/c.js')
    await until(() => t.seen.filter((path) => path === 'src/new/c.js').length > before, 'its removal')
    for (const path of ['src/a.txt', 'other.js', 'src/.hidden.js']) t.write(path)
    await t.settled()
    expect(new Set(await t.settled())).toEqual(new Set(['src/a.js', 'src/deep/b.js', 'src/new/c.js']))
    expect(t.errors).toEqual([])
  })

  test('a plain path is a file, or a directory with all in it', async () => {
    const t = kit(['config.json', 'lib'], { files: ['config.json', 'lib/x/y.txt', 'package.json'] })
    await t.settled()
    t.write('package.json')
    await t.isSeen('config.json')
    await t.isSeen('lib/x/y.txt')
    expect(new Set(await t.settled())).toEqual(new Set(['config.json', 'lib/x/y.txt']))
  })

  test('a glob without ** looks no deeper than it says', async () => {
    const t = kit(['*.js'], { files: ['a.js', 'sub/b.js'] })
    await t.settled()
    await t.isSeen('a.js')
    t.write('sub/b.js')
    expect(new Set(await t.settled())).toEqual(new Set(['a.js']))
  })

  test('what nobody edits is ignored unless a glob names it, and the ignored directories always', async () => {
    const t = kit(['**/*.js'], { files: ['a.js', 'node_modules/x.js', '.git/y.js', 'home/logs/z.js'], ignored: ['home'] })
    await t.settled()
    await t.isSeen('a.js')
    for (const path of ['node_modules/x.js', '.git/y.js', 'home/logs/z.js']) t.write(path)
    expect(new Set(await t.settled())).toEqual(new Set(['a.js']))
    const named = kit(['node_modules/x/*.js'], { files: ['node_modules/x/index.js'] })
    await named.isSeen('node_modules/x/index.js')
  })

  test('what a glob behind ! leaves out is not seen, nor what lies below it', async () => {
    const files = ['a.js', 'logs/deep/b.js', 'src/c.js', 'src/gen/d.js', 'src/e.log', 'f.log']
    const t = kit(['**', '!logs', '!src/gen/**', '!*.log'], { files })
    await t.settled()
    for (const path of ['logs/deep/b.js', 'logs/new.js', 'src/gen/d.js', 'f.log']) t.write(path)
    for (const path of ['a.js', 'src/c.js', 'src/e.log']) await t.isSeen(path)
    expect(new Set(await t.settled())).toEqual(new Set(['a.js', 'src/c.js', 'src/e.log']))
  })

  test('after close nothing is told any more', async () => {
    const t = kit(['*.js'], { files: ['a.js'] })
    const other = kit(['*.js'], { files: ['a.js'] })
    await t.isSeen('a.js')
    t.watcher.close()
    const before = t.seen.length
    t.write('a.js')
    await other.isSeen('a.js')
    expect(t.seen.length).toBe(before)
  })
})

test.each([[['']], [['  ']], [['!']], [['!!x', 'a']], [['!src/**']], [['a', ' ']]])('the globs %j are refused', (globs) => {
  expect(() => checkGlobs(globs)).toThrow(/^cannot watch '/)
})
test.each(['src/**/*.{js,ts}', 'config.json', '/etc/hosts', '../shared/*', '[ab]*.js', '!(a|b).js'])(
  'the glob %j is accepted, and behind a ! too',
  async (glob) => {
    checkGlobs([glob, `!x/${glob}`])
    await createFileWatcher().check(glob)
    await createFileWatcher().check(`!${glob}`)
  },
)
