// The inner loop: types, lint of what changed, and the tests that a change touches. Argument: the commit to compare with (HEAD by default:
// what is not committed yet).
//   unit, parts  by the graph of imports
//   e2e          through the built program no graph leads, so by name: src/**/scale.ts is what test/**/scale*.test.ts is
//                about; and test files that changed themselves
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const since = process.argv[2] ?? 'HEAD'

function git(...args) {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`cannot look for changes: ${stderr.trim()}`)
  return stdout.split('\n').filter((line) => line !== '')
}

/** Ends this process with the exit code of the first that fails, once all have ended; what each prints stays together. */
async function all(commands) {
  const codes = await Promise.all(
    commands.map(
      ([what, ...args]) =>
        new Promise((resolve) => {
          const began = performance.now()
          const child = spawn(join(root, 'node_modules/.bin', args[0]), args.slice(1), {
            cwd: root,
            stdio: ['ignore', 'pipe', 'pipe'],
          })
          const printed = []
          child.stdout.on('data', (chunk) => printed.push(chunk))
          child.stderr.on('data', (chunk) => printed.push(chunk))
          child.on('close', (code) => {
            console.log(
              `== ${what}: ${code === 0 ? 'ok' : `exit ${code}`} after ${Math.round((performance.now() - began) / 1000)} s`,
            )
            process.stdout.write(Buffer.concat(printed))
            resolve(code ?? 1)
          })
        }),
    ),
  )
  const failed = codes.find((code) => code !== 0)
  if (failed !== undefined) process.exit(failed)
}

const changed = [...git('diff', '--name-only', since), ...git('ls-files', '--others', '--exclude-standard')].filter((file) =>
  existsSync(join(root, file)),
)
const stems = new Set(changed.filter((file) => file.startsWith('src/')).map((file) => basename(file).replace(/\.tsx?$/, '')))
const isAbout = (file) => [...stems].some((stem) => basename(file) === `${stem}.test.ts` || basename(file).startsWith(`${stem}-`))
const named = readdirSync(join(root, 'test'), { recursive: true })
  .map((file) => `test/${file}`)
  .filter((file) => file.endsWith('.test.ts') && (changed.includes(file) || isAbout(file)))

await all([
  ['types', 'tsc', '--noEmit'],
  ['types of the page', 'tsc', '--noEmit', '-p', 'src/web'],
  ...(changed.length > 0 ? [['lint', 'biome', 'check', '--no-errors-on-unmatched', ...changed]] : []),
  ['unit and parts', 'vitest', 'run', '--project', 'unit', '--project', 'parts', '--changed', since, '--passWithNoTests'],
])
if (named.length > 0) await all([['end to end', 'vitest', 'run', '--project', 'e2e', '--passWithNoTests', ...named]])
