/** Servers that people really run, from the file of a peer: under the peer and under ptrack they answer the same on the same ports. */
import { execFile, execFileSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, beforeEach, expect } from 'vitest'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { foreground, type Start, supervisordSection } from '../support/peers.ts'
import { type Ability, findTool, testNeeding } from '../support/requires.ts'
import { until } from '../support/until.ts'

const APP = program('answers-with-its-world.mjs')
const VITE = fileURLToPath(new URL('../../node_modules/vite/bin/vite.js', import.meta.url))

let t: TestHome
beforeEach(async () => {
  t = await testHome()
  writeFileSync(join(t.dir, 'index.html'), '<!doctype html><title>a page</title><script type="module" src="/main.js"></script>')
  writeFileSync(join(t.dir, 'main.js'), 'console.log(import.meta.env.MODE)\n')
})
afterEach(() => t.close())

/** Of each address its status and what it says, when all of them answer. */
const answersOf = (urls: string[]): Promise<string[]> =>
  until(
    () =>
      Promise.all(
        urls.map(async (url) => {
          const response = await fetch(url, { headers: { connection: 'close' } })
          return `${response.status} ${await response.text()}`
        }),
      ).catch(() => null),
    `${urls.join(', ')} answer`,
    60_000,
  ).then((answers) => answers!)

async function under<T>(start: Start, look: () => Promise<T>): Promise<T> {
  const end = await start(t.env)
  try {
    return await look()
  } finally {
    await end()
  }
}

const imported = (file: string) => async () => {
  await t.ok(['import', file])
  return async () => {
    await t.here.ok(['delete', 'all'])
  }
}

testNeeding('foreman', 'python3')(
  'vite, an application with fastify and a web server in Python from a Procfile, as foreman runs them',
  async () => {
    const port = await freePort({ offsets: [100, 200] })
    writeFileSync(
      join(t.dir, 'Procfile'),
      `page: exec node '${VITE}' --port $PORT --strictPort --host 127.0.0.1 --logLevel warn
api: WHO="$WHO again" node '${APP}' one "two words"
files: exec python3 -m http.server $PORT --bind 127.0.0.1
`,
    )
    writeFileSync(join(t.dir, '.env'), `PORT=${port}\nWHO=me\nNODE_ENV=test\n`)
    const urls = [`:${port}/`, `:${port}/main.js`, `:${port + 100}/`, `:${port + 200}/main.js`].map(
      (rest) => `http://127.0.0.1${rest}`,
    )
    const theirs = await under(foreground(t, 'foreman', ['start']), () => answersOf(urls))
    expect(theirs[0]).toContain('/@vite/client')
    expect(JSON.parse(theirs[2]!.slice(4))).toEqual({
      argv: ['one', 'two words'],
      cwd: t.dir,
      PORT: String(port + 100),
      WHO: 'me again',
      NODE_ENV: 'test',
    })
    expect(await under(imported('Procfile'), () => answersOf(urls))).toEqual(theirs)
  },
)

testNeeding('supervisord')('two of an application with fastify from a supervisord.conf, as supervisord runs them', async () => {
  // A port by a number of the process: what users of numprocs do.
  const base = await freePort({ offsets: [1], multipleOf: 10 })
  writeFileSync(
    join(t.dir, 'supervisord.conf'),
    `${supervisordSection(t.dir)}[program:api]
command=node ${APP} %(process_num)d
process_name=%(program_name)s_%(process_num)d
numprocs=2
environment=PORT="${base / 10}%(process_num)d",WHO="%(program_name)s"
`,
  )
  const urls = [0, 1].map((number) => `http://127.0.0.1:${base + number}/`)
  const theirs = await under(foreground(t, 'supervisord', ['-c', 'supervisord.conf']), () => answersOf(urls))
  expect(theirs[1]).toContain(`"argv":["1"]`)
  expect(await under(imported('supervisord.conf'), () => answersOf(urls))).toEqual(theirs)
})

/** postgres does not run as root: then its own user runs it. */
const isRoot = process.getuid?.() === 0
const postgres: Ability = { name: 'postgres (apt-get install postgresql)', there: postgresBin() !== null }
testNeeding(
  'supervisord',
  'psql',
  postgres,
)('postgres from a supervisord.conf, under its own user, as supervisord runs it', async () => {
  const [uid, gid] = isRoot ? ['-u', '-g'].map((flag) => Number(execFileSync('id', [flag, 'postgres']))) : [undefined, undefined]
  const bin = postgresBin()!
  const place = mkdtempSync(join(tmpdir(), 'ptrack-pg-'))
  const data = join(place, 'data')
  try {
    mkdirSync(data, { mode: 0o700 })
    chmodSync(place, 0o755)
    if (uid !== undefined) chownSync(data, uid, gid!)
    await promisify(execFile)(join(bin, '../initdb'), ['-D', data, '-U', 'postgres', '--auth=trust', '--no-sync'], {
      uid,
      gid,
      cwd: place,
    })
    const port = await freePort()
    writeFileSync(
      join(t.dir, 'supervisord.conf'),
      `${supervisordSection(t.dir)}[program:db]
command=${bin} -D ${data} -p ${port} -k "" -c listen_addresses=127.0.0.1 -c fsync=off
directory=${place}
stopsignal=INT
${isRoot ? 'user=postgres\n' : ''}`,
    )
    const ask = () =>
      until(
        () =>
          promisify(execFile)('psql', [
            '-h',
            '127.0.0.1',
            '-p',
            String(port),
            '-U',
            'postgres',
            '-tAc',
            'show port; select 6 * 7',
          ])
            .then(({ stdout }) => `${stdout}as ${ownerOf(data)}`)
            .catch(() => null),
        'postgres answers',
        60_000,
      )
    const theirs = await under(foreground(t, 'supervisord', ['-c', 'supervisord.conf']), ask)
    expect(theirs).toBe(`${port}\n42\nas ${uid ?? process.getuid?.()}`)
    expect(await under(imported('supervisord.conf'), ask)).toBe(theirs)
  } finally {
    rmSync(place, { recursive: true, force: true, maxRetries: 5 })
  }
})

/** Debian keeps it out of PATH, in a directory for each version. */
function postgresBin(): string | null {
  const found = findTool('postgres')
  if (found !== null) return realpathSync(found)
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return null
  const all = readdirSync(versions).map((version) => join(versions, version, 'bin/postgres'))
  return all.filter((path) => existsSync(path)).at(-1) ?? null
}

/** The user of the postgres that keeps its pid in its directory. */
function ownerOf(data: string): number {
  const pid = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]!
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1])
}
