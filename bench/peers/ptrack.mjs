// Our own side of every comparison: a home of its own, driven through the built CLI.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { project } from '../lib/place.mjs'
import { end, identOf, isAlive, until } from '../lib/proc.mjs'
import { cleanEnv, must, time } from '../lib/run.mjs'

export function ptrack(dir) {
  const home = join(dir, 'home')
  const env = cleanEnv({ PTRACK_HOME: home, XDG_CONFIG_HOME: join(dir, 'config') })
  const argv = (...args) => [process.execPath, join(project, 'bin/ptrack.js'), ...args]
  const me = {
    name: 'ptrack',
    home,
    env,
    argv,
    run: (...args) => time(argv(...args), env, true),
    /** Throws unless it exits 0; returns what it printed. */
    must: (...args) => must(time(argv(...args), env, true), `ptrack ${args.slice(0, 4).join(' ')}`).out,
    json: (...args) => JSON.parse(me.must(...args, '--json')),
    daemon() {
      const file = join(home, 'daemon.json')
      if (!existsSync(file)) return null
      const { pid, startTicks } = JSON.parse(readFileSync(file, 'utf8'))
      const ident = identOf(pid)
      return ident?.startTicks === startTicks ? ident : null
    },
    async up() {
      me.must('daemon', 'start')
      return until(me.daemon, 'the daemon runs')
    },
    async crash() {
      const ident = me.daemon()
      await end(ident)
      return ident
    },
    log: (name, stream = 'out') => join(home, 'logs', `${name}.${stream}.log`),
    async down() {
      const ident = me.daemon()
      if (!ident) return
      time(argv('daemon', 'stop', '--kill-children'), env)
      await until(() => !isAlive(ident), 'the daemon has ended', 30_000).catch(() => end(ident))
    },
  }
  return me
}
