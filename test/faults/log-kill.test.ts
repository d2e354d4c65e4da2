import { execFileSync, fork } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { LogLine } from '../../src/protocol/view.ts'
import {
  allPacked,
  countNumbered,
  discard,
  keeperIn,
  numbered,
  scratch,
  until,
  wholeText,
  write,
} from '../adapters/support/logs.ts'

let built: string
let dir: string
let tools: string
beforeAll(async () => {
  built = scratch()
  await build({
    entryPoints: [join(import.meta.dirname, 'support/log-driver.ts')],
    outfile: join(built, 'log-driver.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  })
})
afterAll(() => discard(built))
beforeEach(() => {
  dir = scratch()
  tools = scratch()
})
afterEach(() => {
  discard(dir)
  discard(tools)
})

/** Puts a tool before the real one that, at its nth call, ends the helper's shell before or after doing its work. */
function breakTool(tool: string, call: number, when: 'before' | 'after'): void {
  const real = execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim()
  const script = `#!/bin/sh
echo x >> ${tools}/calls-${tool}
[ "$(wc -l < ${tools}/calls-${tool})" = ${call} ] || exec ${real} "$@"
${when === 'after' ? `${real} "$@"` : ''}
${tool === 'fallocate' ? 'exit 1' : 'kill -9 $PPID'}
`
  writeFileSync(join(tools, tool), script)
  chmodSync(join(tools, tool), 0o755)
}

async function dieAt(step: string): Promise<void> {
  const child = fork(join(built, 'log-driver.mjs'), [dir, step], {
    env: { ...process.env, PATH: `${tools}:${process.env.PATH}` },
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const signal = await new Promise<string | null>((resolve) => {
    child.once('exit', (_code, by) => resolve(by))
    child.once('message', () => write(dir, 'p', numbered(0, 3000)))
  })
  expect(signal, `the driver never came to ${step}`).toBe('SIGKILL')
}

/** Recovers with a new keeper while the program has gone on writing; every line must be there exactly once, twice over. */
async function expectWhole(): Promise<string[]> {
  write(dir, 'p', numbered(3000, 3500))
  const { keeper, log } = keeperIn(dir)
  const notes = await keeper.recover()
  keeper.adopt('p', 1, { maxBytes: 65_536, keep: 3 })
  const read = async (): Promise<LogLine[]> => (await keeper.read({ names: ['p'], stream: 'out', run: 1 })).lines
  expect(countNumbered((await read()).map((line) => `${line.text}\n`).join(''))).toBe(3500)
  expect(countNumbered(wholeText(dir, 'p'))).toBe(3500)
  write(dir, 'p', numbered(3500, 4500))
  await until('the next rotation', () => statSync(join(dir, 'p.out.log')).size < 65_536)
  await until('all packed', () => allPacked(dir))
  expect(countNumbered(wholeText(dir, 'p'))).toBe(4500)
  expect(countNumbered((await read()).map((line) => `${line.text}\n`).join(''))).toBe(4500)
  expect(log.told.filter((line) => line.startsWith('error'))).toEqual([])
  await keeper.close()
  return notes
}

test.each(['journal', 'copied', 'collapsed', 'committed', 'dropped', 'numbered', 'packed', 'renamed', 'unlinked'])(
  'killed after step %s, every line is there exactly once',
  async (step) => {
    await dieAt(step)
    await expectWhole()
  },
)

test.each([
  ['dd', 1, 'before', 'undone'],
  ['dd', 1, 'after', 'undone'],
  ['mv', 1, 'before', 'undone'],
  ['mv', 1, 'after', 'undone'],
  ['dd', 2, 'before', 'undone'],
  ['dd', 2, 'after', 'undone'],
  ['mv', 2, 'before', 'undone'],
  ['mv', 2, 'after', 'finished'],
  ['fallocate', 1, 'before', 'finished'],
  ['fallocate', 1, 'after', 'finished'],
] as const)('helper and daemon killed at %s (call %d), %s it has worked: %s', async (tool, call, when, outcome) => {
  // The probe is the first to call fallocate.
  breakTool(tool, tool === 'fallocate' ? call + 1 : call, when)
  // A copy that fails never comes to the step behind it: there the daemon itself is left to undo.
  if (tool === 'dd' && call === 1) {
    rmSync(join(tools, 'dd'))
    breakTool(tool, 1, when)
    await dieAtFailedCopy()
  } else {
    await dieAt('collapsed')
  }
  const notes = await expectWhole()
  if (tool !== 'dd' || call !== 1) expect(notes.join()).toContain(outcome)
})

/** With its first copy failing, the keeper undoes, waits and tries again: it reaches the journal, the copy and then dies. */
async function dieAtFailedCopy(): Promise<void> {
  await dieAt('committed')
  expect(readFileSync(join(tools, 'calls-dd'), 'utf8').split('\n').length).toBeGreaterThan(3)
}

test('a rotation that the next daemon finishes keeps as many archives as the process asked for', async () => {
  const child = fork(join(built, 'log-driver.mjs'), [dir, 'collapsed', '9', '20'], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const death = new Promise((resolve) => child.once('exit', (_code, by) => resolve(by)))
  await new Promise((resolve) => child.once('message', resolve))
  let written = 0
  const timer = setInterval(() => {
    write(dir, 'p', numbered(written, written + 500))
    written += 500
  }, 10)
  expect(await death).toBe('SIGKILL')
  clearInterval(timer)
  const { keeper } = keeperIn(dir)
  expect((await keeper.recover()).join()).toContain('rotation finished')
  expect(countNumbered(wholeText(dir, 'p'))).toBe(written)
  await keeper.close()
})

test('a copy of a dead daemon that is still under way is waited for', async () => {
  await dieAt('copied')
  let alive = true
  let asked = 0
  mkdirSync(join(dir, 'x'))
  const helpersAlive = (): boolean => {
    asked++
    return alive
  }
  const { keeper } = keeperIn(dir, { helpersAlive })
  const recovering = keeper.recover()
  let done = false
  void recovering.then(() => {
    done = true
  })
  await until('it asks again and again', () => asked > 3)
  expect(done).toBe(false)
  alive = false
  expect((await recovering).join()).toContain('rotation undone')
  expect(existsSync(join(dir, 'p.out.log.0.new'))).toBe(false)
  await keeper.close()
})
