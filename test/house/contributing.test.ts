/** CONTRIBUTING.md adds a field and a verb: what it says is done to a copy of the sources, which is built and used. */
import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { root } from '../support/bundle.ts'
import { type TestHome, testHome } from '../support/daemon.ts'

/** A hunk without line numbers: its lines with `+` go behind the first place of the line above them, below the hunk before. */
function apply(directory: string, patch: string): void {
  for (const part of patch.split(/^--- .*\n(?=\+\+\+ )/m).slice(1)) {
    const [head, ...hunks] = part.split(/^@@\n/m)
    const file = join(directory, head!.replace('+++ b/', '').trim())
    const added = (hunk: string): string[] =>
      hunk
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('+'))
        .map((line) => line.slice(1))
    if (hunks.every((hunk) => hunk.startsWith('+'))) writeFileSync(file, `${hunks.flatMap(added).join('\n')}\n`)
    else {
      const lines = readFileSync(file, 'utf8').split('\n')
      let at = 0
      for (const hunk of hunks) {
        const above = hunk.slice(1, hunk.indexOf('\n'))
        at = lines.indexOf(above, at) + 1
        if (at === 0) throw new Error(`${file} has no line "${above}"`)
        lines.splice(at, 0, ...added(hunk))
      }
      writeFileSync(file, lines.join('\n'))
    }
  }
}

let t: TestHome | null = null
afterAll(async () => {
  await t?.close()
})

test('a field and a verb that are added as it says work', async () => {
  t = await testHome()
  const copy = join(t.dir, 'copy')
  mkdirSync(copy)
  for (const name of ['src', 'scripts', 'bin', 'schema', 'package.json', 'tsconfig.json'])
    cpSync(join(root, name), join(copy, name), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const patches = [...readFileSync(join(root, 'CONTRIBUTING.md'), 'utf8').matchAll(/^```diff\n(.*?)^```$/gms)]
  expect(patches).toHaveLength(2)
  for (const [, patch] of patches) apply(copy, patch!)
  const run = (script: string, ...args: string[]): string =>
    execFileSync(process.execPath, [join(copy, script), ...args], {
      cwd: copy,
      env: { ...t!.env, NODE_ENV: 'test' },
      encoding: 'utf8',
    })
  const onlySrc = {
    extends: './tsconfig.json',
    include: ['src'],
    exclude: ['src/web'],
    // What the compiler found is kept for the next time, apart from what it finds in the tree itself.
    compilerOptions: { tsBuildInfoFile: 'node_modules/.cache/contributing.tsbuildinfo' },
  }
  writeFileSync(join(copy, 'only-src.json'), JSON.stringify(onlySrc))
  run('node_modules/typescript/bin/tsc', '-p', 'only-src.json')
  run('scripts/build.mjs', 'cli', 'daemon', 'preload')

  const ptrack = (...args: string[]): string => run('bin/ptrack.js', ...args)
  ptrack('start', '--name', 'web', '--runbook', 'https://example.org/web', '--', 'sleep', '3600')
  expect(ptrack('show', 'web')).toMatch(/^ +runbook +https:\/\/example\.org\/web$/m)
  expect(ptrack('ping', 'web')).toBe('web is alive\n')
  ptrack('stop', 'web')
  expect(() => ptrack('ping', 'web')).toThrow('cannot ping web: it is stopped')
  expect(ptrack('help', 'all')).toMatch(/^ +ping +say which processes are alive$/m)
}, 300_000)
