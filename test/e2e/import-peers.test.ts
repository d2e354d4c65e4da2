/** The same file given to the peer and to `ptrack import`: the programs see the same arguments, directory, environment and ports. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { foreground, installPm2, isOfSupervisor, PM2, type Pm2, supervisordSection } from '../support/peers.ts'
import { skipFor, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'

interface World {
  argv: string[]
  cwd: string
  env: Record<string, string>
  port: number | null
}

let t: TestHome
beforeEach(async () => {
  t = await testHome()
  copyFileSync(program('prints-its-world.py'), join(t.dir, 'world.py'))
})
afterEach(() => t.close())

function worldsIn(directory: string): World[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .map((file) => JSON.parse(readFileSync(join(directory, file), 'utf8')) as World)
    .map((world) => ({
      ...world,
      env: Object.fromEntries(
        Object.entries(world.env)
          .filter(([key]) => !isOfSupervisor(key))
          .sort(),
      ),
    }))
    .sort((a, b) => order(a).localeCompare(order(b)))
}
const order = ({ argv, env }: World): string => `${argv.join(' ')} ${env.PORT ?? ''} ${env.NODE_APP_INSTANCE ?? ''}`

/** `of` makes the worlds in the directory it is given; they are read when there are `count`. */
async function worlds(
  name: string,
  count: number,
  of: (env: Record<string, string>) => Promise<() => Promise<void>>,
): Promise<World[]> {
  const directory = join(t.dir, `worlds-${name}`)
  mkdirSync(directory)
  const end = await of({ ...t.env, WORLD: directory })
  try {
    await until(() => worldsIn(directory).length >= count, `${count} programs of ${name} tell their world`, 20_000)
    return worldsIn(directory)
  } finally {
    await end()
  }
}

const imported = (args: string[]) => async (env: Record<string, string | undefined>) => {
  await t.ok(['import', ...args], { env: { WORLD: env.WORLD } })
  return async () => {
    await t.here.ok(['delete', 'all'])
  }
}

testNeeding('foreman')('a Procfile: as foreman', async () => {
  writeFileSync(
    join(t.dir, 'Procfile'),
    '# programs\nweb: python3 world.py web --listen --port $PORT\nworker: python3 world.py "a b" $GREETING\nnever: python3 world.py\n',
  )
  writeFileSync(join(t.dir, '.env'), `PORT=${await freePort({ offsets: [1, 100] })}\nGREETING='hi there'\nLINES="a\\nb"\n`)
  const formation = 'web=2,worker=1'
  const theirs = await worlds('foreman', 3, foreground(t, 'foreman', ['start', '-m', formation]))
  const ours = await worlds('ptrack', 3, imported(['Procfile', '--formation', formation]))
  expect(ours).toEqual(theirs)
  expect(ours.filter(({ port }) => port !== null)).toHaveLength(2)
})

/** What a server answers to a line, in its first bytes. */
const answer = (port: number, line: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(line))
    socket.once('error', reject).once('data', (data) => {
      resolve(data.toString('latin1').slice(0, 15).trim())
      socket.destroy()
    })
  })

const servers = testNeeding('supervisord', 'nginx', 'redis-server')
servers('nginx and redis from a supervisord.conf answer as they do under supervisord', async () => {
  const [redis, web] = [await freePort(), await freePort()]
  writeFileSync(
    join(t.dir, 'nginx.conf'),
    `pid ${t.dir}/nginx.pid; error_log stderr; events {} http { access_log off; server { listen 127.0.0.1:${web}; return 204; } }`,
  )
  writeFileSync(
    join(t.dir, 'supervisord.conf'),
    `${supervisordSection(t.dir)}[program:redis]
command=redis-server --port ${redis} --save ""
stopsignal=INT
[program:nginx]
command=nginx -e stderr -c "%(here)s/nginx.conf" -g "daemon off;"
stopsignal=QUIT
`,
  )
  const answers = async (start: (env: Record<string, string>) => Promise<() => Promise<void>>): Promise<string[]> => {
    const end = await start(t.env)
    try {
      return await until(
        async () => [await answer(redis, 'PING\r\n'), await answer(web, 'GET / HTTP/1.0\r\n\r\n')],
        'both servers answer',
      )
    } finally {
      await end()
    }
  }
  const theirs = await answers(foreground(t, 'supervisord', ['-c', join(t.dir, 'supervisord.conf')]))
  expect(theirs).toEqual(['+PONG', 'HTTP/1.1 204 No'])
  expect(await answers(imported(['supervisord.conf']))).toEqual(theirs)
})

testNeeding('supervisord')('a supervisord.conf with includes, groups and expansions', async () => {
  mkdirSync(join(t.dir, 'conf.d'))
  mkdirSync(join(t.dir, 'work'))
  writeFileSync(
    join(t.dir, 'supervisord.conf'),
    `${supervisordSection(t.dir)}environment=COMMON="yes, all",X=1
[include]
files=conf.d/*.conf
[group:both]
programs=cat,dog
`,
  )
  writeFileSync(
    join(t.dir, 'conf.d/a.conf'),
    `[program:cat]
command=python3 %(ENV_TOP)s/world.py cat-%(process_num)02d "a b" 'c  d' ; a note
process_name=%(program_name)s_%(process_num)02d
numprocs=2
directory=${t.dir}/work
environment=X="2",NUMBER=%(process_num)d,QUOTED="a=b,c"
[program:dog]
command=python3 world.py %(group_name)s %(program_name)s
`,
  )
  t.env.TOP = t.dir
  const theirs = await worlds('supervisord', 3, foreground(t, 'supervisord', ['-c', join(t.dir, 'supervisord.conf')]))
  const ours = await worlds('ptrack', 3, imported(['supervisord.conf']))
  expect(ours).toEqual(theirs)
})

let pm2: Pm2 | null = null
beforeAll(async () => {
  pm2 = await installPm2()
})

test('an ecosystem file: as pm2', async (context) => {
  if (pm2 === null) return skipFor(context, PM2)
  const tool = pm2
  mkdirSync(join(t.dir, 'work'))
  writeFileSync(
    join(t.dir, 'ecosystem.config.js'),
    `const port = ${await freePort()}
module.exports = { apps: [
  { name: 'app-one', script: './world.py', args: 'one "two words" --listen', env: { PORT: port, WHO: 'base', LIST: [1, 2] }, env_production: { WHO: 'prod' } },
  { name: 'app-two', script: '../world.py', cwd: 'work', args: ['two', 'x y'], instances: 2, exec_mode: 'fork', increment_var: 'N', env: { N: 30 } },
  { name: 'app-line', script: 'python3 world.py line "a b"', filter_env: ['SECRET_', 'OTHER'] },
] }`,
  )
  // An outermost bash whose stdin is a socket, as pm2 gives it, reads ~/.bashrc: whoever logs in here may have one.
  Object.assign(t.env, { SECRET_KEY: 's', ANOTHER_ONE: 'o', SHLVL: '2' })
  const theirs = await worlds('pm2', 4, tool.start(t, ['ecosystem.config.js', '--env', 'production']))
  const ours = await worlds('ptrack', 4, imported(['ecosystem.config.js', '--env', 'production']))
  expect(ours).toEqual(theirs)
  expect(ours.map(({ argv, env: { SECRET_KEY } }) => [argv[0], SECRET_KEY])).toEqual([
    ['line', undefined],
    ['one', 's'],
    ['two', 's'],
    ['two', 's'],
  ])
})
