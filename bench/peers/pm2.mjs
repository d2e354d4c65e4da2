// pm2, installed on demand beside the project, never into it.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cache } from '../lib/place.mjs'
import { end, identOf, isAlive, until } from '../lib/proc.mjs'
import { begin, cleanEnv, must, time } from '../lib/run.mjs'

function install() {
  const prefix = join(cache, 'pm2-7')
  const bin = join(prefix, 'node_modules/pm2/bin/pm2')
  if (existsSync(bin)) return bin
  mkdirSync(prefix, { recursive: true })
  console.error(`installing pm2@7 into ${prefix}`)
  const done = time(['npm', 'install', '--prefix', prefix, '--no-save', '--no-audit', '--no-fund', 'pm2@7'], process.env, true)
  if (done.code === 0) return bin
  console.error(`NOT MEASURED: pm2 could not be installed: ${done.err.trim().split('\n').slice(-3).join(' ')}`)
  return null
}

/** null, told aloud, when pm2 cannot be had. */
export function pm2(dir) {
  const bin = install()
  if (!bin) return null
  const home = join(dir, 'pm2')
  const env = cleanEnv({ PM2_HOME: home, HOME: dir, PM2_DISABLE_VERSION_CHECK: '1' })
  const argv = (...args) => [process.execPath, bin, ...args]
  const daemon = () => {
    const file = join(home, 'pm2.pid')
    return existsSync(file) ? identOf(Number(readFileSync(file, 'utf8'))) : null
  }
  return {
    name: 'pm2',
    env,
    argv,
    daemon,
    run: (...args) => time(argv(...args), env, true),
    async up() {
      must(time(argv('ping'), env, true), 'pm2 ping')
      return until(daemon, 'the pm2 daemon runs')
    },
    /** Starts programs [{name, argv}] from one file, the way pm2 starts many; not waited for. */
    start(programs) {
      const file = join(dir, 'ecosystem.json')
      const apps = programs.map(({ name, argv: [script, ...args] }) => ({
        name,
        script,
        args,
        interpreter: 'none',
        exec_mode: 'fork',
        cwd: dir,
      }))
      writeFileSync(file, JSON.stringify({ apps }))
      return begin(argv('start', file), env)
    },
    async down() {
      const ident = daemon()
      if (!ident) return
      time(argv('kill'), env)
      await until(() => !isAlive(ident), 'pm2 has ended', 60_000).catch(() => end(ident))
    },
  }
}
