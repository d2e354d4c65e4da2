/** Runs a config file that is a program in its own process, so that it can neither hang nor harm the CLI. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PtrackError } from '../../protocol/errors.ts'
import type { ImportWorld } from './world.ts'

const TIMEOUT_MS = 10_000
const MAX_BYTES = 16 * 1024 * 1024

/** The file's output goes to stderr; the value to a file descriptor of its own. */
const LOADER = `
const { pathToFileURL } = require('node:url')
const { writeFileSync } = require('node:fs')
const [file, answer] = process.argv.slice(1)
const load = async () => {
  try { return require(file) } catch (error) {
    if (error.code !== 'ERR_REQUIRE_ESM' && !(error instanceof SyntaxError && /import|export|await/.test(error.message))) throw error
    return import(pathToFileURL(file))
  }
}
Promise.resolve(file.endsWith('.mjs') ? import(pathToFileURL(file)) : load()).then(async (module) => {
  let value = module && module.__esModule !== true && module.default === undefined ? module : (module.default ?? module)
  if (typeof value === 'function') value = value()
  writeFileSync(answer, JSON.stringify(await value) ?? 'null')
  process.exit(0)
}).catch((error) => { process.stderr.write(String((error && error.message) || error).split('\\n')[0]); process.exit(1) })
`

/** `source` is run in place of the file's text. Errors are BAD_FILE. */
export async function evaluate(
  file: string,
  world: Pick<ImportWorld, 'env' | 'cwd' | 'readText'>,
  source?: string,
): Promise<unknown> {
  const directory = mkdtempSync(join(tmpdir(), 'ptrack-import-'))
  try {
    const answer = join(directory, 'answer.json')
    const program = source === undefined ? file : join(directory, 'source.cjs')
    if (source !== undefined) writeFileSync(program, source)
    await run(['-e', LOADER, program, answer], world, file)
    return JSON.parse(world.readText(answer) ?? 'null')
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** The error in Node's report of an uncaught exception; its last line is the version of Node. */
function thrownIn(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const thrown = lines.find((line) => /^(?:Uncaught )?(?:\w*Error|\w*Exception)\b.*: /.test(line))
  return thrown ?? lines.filter((line) => !/^(Node\.js v\d|\s+at |$)/.test(line)).at(-1) ?? ''
}

function run(args: string[], { env, cwd }: Pick<ImportWorld, 'env' | 'cwd'>, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      args,
      { cwd, env: { ...env, PWD: cwd }, timeout: TIMEOUT_MS, killSignal: 'SIGKILL', maxBuffer: MAX_BYTES },
      (error, _stdout, stderr) => {
        if (error === null) return resolve()
        const why = error.killed
          ? `it did not end in ${TIMEOUT_MS / 1000} s`
          : thrownIn(stderr) || `node ended with ${error.code ?? error.signal}`
        reject(
          new PtrackError('BAD_FILE', `cannot import ${file}: ${why}`, {
            hint: `\`node ${file}\` in ${dirname(file)} shows more`,
            cause: error,
          }),
        )
      },
    )
  })
}
