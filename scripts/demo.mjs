// npm run demo: a small fleet, started through the CLI as a user would. Running it again finds the fleet and goes on with it.
import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')
// Node reads this file of certificates at every start, and none of these programs needs it.
const { NODE_EXTRA_CA_CERTS: _certificates, ...env } = process.env

const FLEET = [
  {
    name: 'web',
    what: 'a web server whose port is watched; it is restarted whenever it dies',
    options: ['--port', 'auto'],
    command:
      spawnSync('python3', ['--version']).status === 0
        ? ['sh', '-c', 'exec python3 -m http.server "$PORT" --bind 127.0.0.1 --directory examples']
        : ['node', 'examples/web-server.mjs'],
  },
  {
    name: 'crasher',
    what: 'a program that always crashes; the waits between its runs grow',
    options: [],
    command: ['node', 'examples/crasher.mjs'],
  },
  {
    name: 'report',
    what: 'a job: it has an end, and its outcome is kept',
    job: true,
    options: [],
    command: ['node', 'examples/report.mjs'],
  },
]

const say = (text) => console.log(text)
function ptrack(args, options = {}) {
  return spawnSync(process.execPath, [`${root}/bin/ptrack.js`, ...args], {
    cwd: root,
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
}
function must(args) {
  const done = ptrack(args)
  if (done.status === 0) return done.stdout
  console.error(`ptrack ${args.join(' ')} exited ${done.status}: ${done.stderr || done.stdout}`)
  process.exit(1)
}

execFileSync(process.execPath, [`${root}/scripts/build.mjs`], { cwd: root, env, stdio: 'inherit' })

const known = new Map(JSON.parse(must(['ls', '--all', '--json'])).map((view) => [view.name, view]))
const ours = []
for (const { name, what, job, options, command } of FLEET) {
  const view = known.get(name)
  if (view && !view.tags.includes('demo')) {
    say(`${name}: you have a process of this name already; it is left alone`)
    continue
  }
  ours.push(name)
  if (view) {
    say(`${name}: there from an earlier demo, started again`)
    must(['start', name])
  } else {
    say(`${name}: ${what}`)
    must([...(job ? ['run', '-d'] : ['start']), '--name', name, '--tag', 'demo', ...options, '--', ...command])
  }
}
if (ours.includes('web')) {
  const healthy = ptrack(['wait', 'web', '--for', 'healthy', '--timeout', '30s'])
  if (healthy.status !== 0) say(`web is not healthy yet: ${healthy.stderr.trim()}`)
}
// Long enough for one crash, so that the list shows what a crash looks like.
if (ours.includes('crasher')) await new Promise((resolve) => setTimeout(resolve, 2500))

say('')
ptrack(['ls'], { stdio: 'inherit' })
const home = process.env.PTRACK_HOME ? `PTRACK_HOME=${process.env.PTRACK_HOME} ` : ''
say(`
Look around:   ./bin/ptrack.js why crasher     ./bin/ptrack.js logs report     ./bin/ptrack.js watch
Stop it all:   ${ours.length ? `${home}./bin/ptrack.js delete ${ours.join(' ')} && ` : ''}${home}./bin/ptrack.js daemon stop`)
