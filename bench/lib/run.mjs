// Running one command and timing it.
import { spawn, spawnSync } from 'node:child_process'
import { nowMs } from './proc.mjs'

/** NODE_EXTRA_CA_CERTS costs every Node program 30 ms a start; no peer is to pay for it, nor we. */
export function cleanEnv(more = {}) {
  const { NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env
  for (const name of Object.keys(env)) if (name.startsWith('PTRACK_')) delete env[name]
  return { ...env, NO_COLOR: '1', ...more }
}

/** Blocks, so that nothing of the harness runs beside the command. */
export function time(argv, env, output = false) {
  const began = nowMs()
  const done = spawnSync(argv[0], argv.slice(1), {
    env,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', output ? 'pipe' : 'ignore', 'pipe'],
  })
  if (done.error) throw done.error
  return { ms: nowMs() - began, code: done.status, out: done.stdout ?? '', err: done.stderr }
}

/** Does not block: the harness watches meanwhile. */
export function begin(argv, env, stdio = 'ignore') {
  const began = nowMs()
  const child = spawn(argv[0], argv.slice(1), { env, stdio })
  const done = new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code) => resolve({ ms: nowMs() - began, code }))
  })
  return { child, began, done }
}

export function must(result, what) {
  if (result.code !== 0)
    throw new Error(`${what} exited ${result.code}: ${result.err ?? ''} ${String(result.out ?? '').slice(0, 500)}`)
  return result
}
