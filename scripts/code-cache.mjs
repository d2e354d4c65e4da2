// V8's code caches of the CLI core and of the daemon. A cache holds what has been compiled by the end of the process that makes
// it, and what was in the cache which that process ran from: so it is made by the two most frequent commands and the daemon
// that answers them.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CACHED = ['ptrack.cjs', 'ptrackd-main.cjs']

/**
 * A bundle as bin/from-cache.js runs it: a function with the arguments of a CommonJS module. It begins with the name of the
 * cache that was made from it, since V8 itself compares no more than lengths.
 */
export function named(path, contents) {
  if (!CACHED.some((name) => path.endsWith(`/${name}`))) return contents
  const id = createHash('sha256').update(contents).digest('hex').slice(0, 16)
  return `/*${id}*/(function (exports, require, module, __filename, __dirname) { ${Buffer.from(contents)}\n})`
}

/** Of this Node, in the order of the bundles; as bin/from-cache.js looks for them. */
export const cacheNames = (root) =>
  CACHED.map((bundle) => {
    const id = readFileSync(join(root, 'dist', bundle), 'latin1').slice(2, 18)
    return bundle.replace(/cjs$/, `${id}.${process.version}.cache`)
  })

/** `put` writes a file whole or not at all. */
export async function makeCodeCaches(root, put) {
  const dist = join(root, 'dist')
  const [ofCore, ofDaemon] = cacheNames(root)
  const home = mkdtempSync(join(tmpdir(), 'ptrack-build-'))
  const made = join(home, 'cache')
  const env = { PATH: process.env.PATH, HOME: home, PTRACK_HOME: join(home, 'state'), PTRACK_HTTP: 'off' }
  const addToCore = (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/ptrack.js'), ...args], {
      env: { ...env, PTRACK_CODE_CACHE: made },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`cannot make the code cache: \`ptrack ${args.join(' ')}\` ended with ${status}: ${stderr}`)
    put(join(dist, ofCore), readFileSync(made))
  }
  // Those of earlier bundles are of no use to anybody, and what is made anew must not come from the old ones.
  const isOther = (file) => [ofCore, ofDaemon].every((name) => file.split('.v')[0] !== name.split('.v')[0])
  for (const file of readdirSync(dist))
    if (file.endsWith('.cache') && (file === ofCore || file === ofDaemon || isOther(file))) rmSync(join(dist, file))
  // With the flags that a client starts it with: a cache is good for no others.
  const command = readFileSync(join(root, 'src/protocol/daemon-command.ts'), 'utf8')
  const flags = /DAEMON_NODE_FLAGS = \[(.*?)\]/.exec(command)[1].match(/--[^']*/g)
  const madeByDaemon = join(home, 'cache-of-daemon')
  const daemon = spawn(process.execPath, [...flags, join(dist, 'ptrackd.cjs'), '--home', env.PTRACK_HOME], {
    env: { ...env, PTRACK_CODE_CACHE: madeByDaemon },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(daemon, 'exit')
  try {
    while (!existsSync(join(env.PTRACK_HOME, 'daemon.sock')) && daemon.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5))
    addToCore('start', '--name', 'built', '--', process.execPath, '-e', 'setInterval(() => {}, 1e6)')
    addToCore('ls')
  } finally {
    spawnSync(process.execPath, [join(root, 'bin/ptrack.js'), 'daemon', 'stop', '--kill-children'], { env })
    await ended
    if (existsSync(madeByDaemon)) put(join(dist, ofDaemon), readFileSync(madeByDaemon))
    rmSync(home, { recursive: true, force: true })
  }
}
