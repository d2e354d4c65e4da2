// V8's code caches of the CLI and of the daemon. A cache holds what has been compiled by the end of the process that makes
// it, and what was in the cache which that process ran from: so it is made by the most frequent commands of each bundle and the
// daemon that answers them.
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const CORE = 'ptrack.cjs'
const DAEMON = 'ptrackd-main.cjs'
/** The page in a terminal has none, as making it needs a terminal, and neither has what an agent loads once in its life. */
export const cachedBundles = [CORE, 'ptrack-client.cjs', 'ptrack-extra.cjs', 'ptrack-files.cjs', DAEMON]
const OTHERS = cachedBundles.filter((bundle) => bundle !== CORE && bundle !== DAEMON)
const UNCACHED = ['ptrack-mcp.cjs', 'ptrack-tui.cjs']

/**
 * A bundle as bin/from-cache.js runs it: a function with the arguments of a CommonJS module. It begins with the name of the
 * cache that was made from it, since V8 itself compares no more than lengths.
 */
export function named(path, contents) {
  if (![...cachedBundles, ...UNCACHED].some((name) => path.endsWith(`/${name}`))) return contents
  const id = createHash('sha256').update(contents).digest('hex').slice(0, 16)
  return `/*${id}*/(function (exports, require, module, __filename, __dirname) { ${Buffer.from(contents)}\n})`
}

/** What most commands of people and scripts are. Of the core only their functions are cached: every command pays for its size. */
const MOST_FREQUENT = [['start', '--name', 'built', '--', process.execPath, '-e', 'setInterval(() => {}, 1e6)'], ['ls']]
const FREQUENT = [
  ['show', 'built'],
  ['logs', 'built'],
  ['why', 'built'],
  ['help'],
  ['complete', '--', 'show', ''],
  ['daemon', 'status'],
  ['validate'],
  ['up'],
  ['down'],
]

/** `ptrack.HASH.vVERSION.cache`, as bin/from-cache.js looks for it. */
const cacheOf = (root, bundle) => {
  const id = readFileSync(join(root, 'dist', bundle), 'latin1').slice(2, 18)
  return bundle.replace(/cjs$/, `${id}.${process.version}.cache`)
}

/** Of this Node. */
export const cacheNames = (root) => cachedBundles.map((bundle) => cacheOf(root, bundle))

/** `put` writes a file whole or not at all. */
export async function makeCodeCaches(root, put) {
  const dist = join(root, 'dist')
  const home = mkdtempSync(join(tmpdir(), 'ptrack-build-'))
  const env = { PATH: process.env.PATH, HOME: home, PTRACK_HOME: join(home, 'state'), PTRACK_HTTP: 'off' }
  const made = (name) => {
    const directory = join(home, name)
    mkdirSync(directory)
    return directory
  }
  const take = (directory, bundles) => {
    for (const bundle of readdirSync(directory))
      if (bundles.includes(bundle)) put(join(dist, cacheOf(root, bundle)), readFileSync(join(directory, bundle)))
  }
  const byCommand = made('by-command')
  const run = (args, bundles = OTHERS) => {
    const { status, stderr } = spawnSync(process.execPath, [join(root, 'bin/ptrack.js'), ...args], {
      cwd: home,
      env: { ...env, PTRACK_CODE_CACHE: byCommand },
      encoding: 'utf8',
    })
    if (status !== 0) throw new Error(`cannot make the code cache: \`ptrack ${args.join(' ')}\` ended with ${status}: ${stderr}`)
    take(byCommand, bundles)
  }
  // Those of earlier bundles are of no use to anybody, and what is made anew must not come from the old ones.
  const names = cacheNames(root)
  const isOther = (file) => names.every((name) => file.split('.v')[0] !== name.split('.v')[0])
  for (const file of readdirSync(dist))
    if (file.endsWith('.cache') && (names.includes(file) || isOther(file))) rmSync(join(dist, file))
  // With the flags that a client starts it with: a cache is good for no others.
  const command = readFileSync(join(root, 'src/protocol/daemon-command.ts'), 'utf8')
  const flags = /DAEMON_NODE_FLAGS = \[(.*?)\]/.exec(command)[1].match(/--[^']*/g)
  const byDaemon = made('by-daemon')
  const daemon = spawn(process.execPath, [...flags, join(dist, 'ptrackd.cjs'), '--home', env.PTRACK_HOME], {
    env: { ...env, PTRACK_CODE_CACHE: byDaemon },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const ended = once(daemon, 'exit')
  try {
    while (!existsSync(join(env.PTRACK_HOME, 'daemon.sock')) && daemon.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 5))
    writeFileSync(
      join(home, 'ptrack.yaml'),
      'processes: { made: { command: sleep 1000, after: [one] }, one: { command: sleep 1000 } }\n',
    )
    for (const args of MOST_FREQUENT) run(args, cachedBundles)
    for (const args of FREQUENT) run(args)
  } finally {
    run(['daemon', 'stop', '--kill-children'])
    await ended
    take(byDaemon, [DAEMON])
    rmSync(home, { recursive: true, force: true })
  }
}
