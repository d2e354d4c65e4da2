// supervisord, used when the machine has it (Debian: apt-get install supervisor).
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { end, identOf, isAlive, until } from '../lib/proc.mjs'
import { begin, cleanEnv, time } from '../lib/run.mjs'

const has = (name) => (process.env.PATH ?? '').split(delimiter).some((directory) => existsSync(join(directory, name)))

/** null, told aloud, when it is not installed. */
export function supervisord(dir) {
  if (!has('supervisord')) {
    console.error('NOT MEASURED: supervisord is not installed (Debian: apt-get install supervisor)')
    return null
  }
  const conf = join(dir, 'supervisord.conf')
  const pidFile = join(dir, 'supervisord.pid')
  const env = cleanEnv()
  const argv = (...args) => ['supervisorctl', '-c', conf, ...args]
  const daemon = () => (existsSync(pidFile) ? identOf(Number(readFileSync(pidFile, 'utf8'))) : null)
  return {
    name: 'supervisord',
    env,
    argv,
    daemon,
    run: (...args) => time(argv(...args), env, true),
    up: async () => null,
    /** Its programs stand in the configuration of the daemon, so starting them is starting it. */
    start(programs) {
      mkdirSync(join(dir, 'log'), { recursive: true })
      const section = ({ name, argv: command }) =>
        `[program:${name}]\ncommand=${command.join(' ')}\nautorestart=true\nstdout_logfile=${dir}/log/${name}.out\nstderr_logfile=${dir}/log/${name}.err\n`
      writeFileSync(
        conf,
        `[unix_http_server]\nfile=${dir}/s.sock\n[supervisord]\nlogfile=${dir}/supervisord.log\npidfile=${pidFile}\nchildlogdir=${dir}/log\nminfds=10000\nminprocs=2000\n` +
          '[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n' +
          `[supervisorctl]\nserverurl=unix://${dir}/s.sock\n${programs.map(section).join('')}`,
      )
      return begin(['supervisord', '-c', conf], env)
    },
    async down() {
      const ident = daemon()
      if (!ident) return
      time(argv('shutdown'), env)
      await until(() => !isAlive(ident), 'supervisord has ended', 60_000).catch(() => end(ident))
    },
  }
}
