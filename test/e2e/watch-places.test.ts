/** `ptrack watch` elsewhere: over ssh, through another machine's context with its roles, on terminals of other kinds. */
import { execFileSync, spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { freePort } from '../support/free-port.ts'
import { isAlive } from '../support/proc.ts'
import { type Ability, describeNeeding, findTool } from '../support/requires.ts'
import { WATCH, type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
// It wants to be called by its whole path, and stands where only root looks.
const SSHD = findTool('sshd') ?? (existsSync('/usr/sbin/sshd') ? '/usr/sbin/sshd' : null)
const server: Ability = { name: 'sshd (apt-get install openssh-server)', there: SSHD !== null }
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  tmux = watchTmuxOf(t)
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'lines', '--', program('prints-lines.mjs'), '30', 'stay'])
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)

describeNeeding('tmux')('through a context', () => {
  const config = (name: string): string => join(t.dir, `config-${name}`)
  const far = (name: string): string => `env -u PTRACK_HOME XDG_CONFIG_HOME='${config(name)}' ${WATCH} --context lab`
  async function contextOf(name: string, role: string): Promise<void> {
    const token = (await t.here.ok(['token', 'create', name, '--role', role])).stdout.trim()
    const { http } = await t.here.json<{ http: { port: number } }>(['daemon', 'status'])
    const url = `http://127.0.0.1:${http.port}`
    const env = { XDG_CONFIG_HOME: config(name), PTRACK_HOME: undefined }
    await t.here.ok(['context', 'use', 'lab', '--url', url, '--token-stdin'], { env, input: token })
  }

  test('an operator acts there', async () => {
    const session = 'operator'
    await contextOf(session, 'operator')
    tmux.watch(session, 120, 24, far(session))
    await shows(session, /ptrack @lab /)
    await tmux.choose(session, 'lines')
    await shows(session, / {2}line 29$/)
    tmux.keys(session, 'r')
    await shows(session, /Restart lines\?/)
    tmux.keys(session, 'y')
    await t.until(async () => (await t.ls('lines'))?.run === 2, 'it is restarted')
    await shows(session, /^▌\S lines +Running/)
    await tmux.leave(session)
  })

  test('a viewer sees everything and changes nothing: each key says so', async () => {
    const session = 'viewer'
    await contextOf(session, 'viewer')
    tmux.watch(session, 120, 24, far(session))
    await tmux.choose(session, 'web')
    const before = (await t.ls('web'))!
    for (const [key, verb, asks] of [
      ['s', 'start', false],
      ['p', 'pause', false],
      ['u', 'resume', false],
      ['x', 'stop', true],
      ['r', 'restart', true],
      ['c', 'cancel', true],
    ] as const) {
      tmux.keys(session, key)
      if (asks) {
        await shows(session, new RegExp(`${verb[0]!.toUpperCase()}${verb.slice(1)} web\\?`))
        tmux.keys(session, 'y')
      }
      await shows(session, new RegExp(`cannot ${verb}: the token viewer is that of a viewer; it takes an operator`))
    }
    const { status, pid, run } = (await t.ls('web'))!
    expect({ status, pid, run }).toEqual({ status: before.status, pid: before.pid, run: before.run })
    tmux.keys(session, 'd')
    await shows(session, /^ ● Running/)
    await tmux.leave(session)
  })

  test('a token that is revoked ends the view: the terminal is given back, and it is told why', async () => {
    const session = 'revoked'
    await contextOf(session, 'viewer')
    tmux.watch(session, 100, 24, far(session))
    await shows(session, /^.\S web/)
    await t.here.ok(['token', 'revoke', session])
    await shows(session, /^left with 7$/)
    await shows(session, /the token revoked was revoked/)
    await tmux.isRestored(session)
  })

  test('the daemon there dies: it says so, and comes back', async () => {
    const session = 'far-away'
    await contextOf(session, 'operator')
    tmux.watch(session, 100, 24, far(session))
    await tmux.choose(session, 'lines')
    await t.killDaemon()
    await shows(session, /away \d+s/)
    tmux.keys(session, 's')
    await shows(session, /cannot start lines: the daemon is away/)
    await t.here.ok(['ls'])
    await shows(session, /live {2}\d\d:/)
    await tmux.leave(session)
  })
})

const overSsh = describeNeeding('tmux', server, 'ssh', 'ssh-keygen')
overSsh('over ssh', () => {
  let port: number
  let key: string
  let server: ReturnType<typeof spawn>
  beforeAll(async () => {
    port = await freePort()
    const dir = join(t.dir, 'ssh')
    mkdirSync(dir, { mode: 0o700 })
    key = join(dir, 'key')
    for (const file of ['host', 'key']) execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(dir, file)])
    // Where it is root, it wants an empty directory for its helpers, which a package makes only at boot.
    if (userInfo().uid === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 })
    const settings = {
      Port: port,
      ListenAddress: '127.0.0.1',
      HostKey: join(dir, 'host'),
      AuthorizedKeysFile: `${key}.pub`,
      PidFile: 'none',
      StrictModes: 'no',
      UsePAM: 'no',
      PermitRootLogin: 'prohibit-password',
      PasswordAuthentication: 'no',
      PrintMotd: 'no',
      PrintLastLog: 'no',
    }
    const file = join(dir, 'sshd_config')
    writeFileSync(
      file,
      Object.entries(settings)
        .map(([name, value]) => `${name} ${value}\n`)
        .join(''),
    )
    chmodSync(file, 0o600)
    server = spawn(SSHD!, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] })
    t.alsoEnd(server.pid!)
    let told = ''
    server.stderr!.on('data', (bytes) => (told += bytes))
    await t.until(() => told.includes('Server listening'), 'sshd listens')
  })
  afterAll(() => void server?.kill())

  const there = (): string =>
    ['PTRACK_HOME', 'XDG_CONFIG_HOME', 'PTRACK_HTTP', 'PATH']
      .filter((name) => t.env[name] !== undefined)
      .map((name) => `${name}='${t.env[name]}'`)
      .join(' ')
  const command = (): string =>
    `ssh -tt -q -F none -p ${port} -i '${key}' -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null ${userInfo().username}@127.0.0.1 "env ${there()} LC_ALL=C.UTF-8 ${process.execPath} ${cliFile} watch"`

  test('it is drawn, follows the size, takes keys, and gives the terminal back', async () => {
    const session = 'ssh'
    tmux.watch(session, 90, 24, command())
    await tmux.choose(session, 'lines')
    await shows(session, / {2}line 29$/)
    tmux.run('resize-window', '-t', session, '-x', '170', '-y', '40')
    await shows(session, /─ Log of lines ─.*following/)
    tmux.keys(session, 'Down', 'Escape', 'Enter')
    await shows(session, /─ (lines|web) ─/)
    await tmux.leave(session)
    await tmux.isRestored(session)
  })

  test('a connection that breaks leaves no view behind', async () => {
    const session = 'ssh-breaks'
    tmux.watch(session, 90, 24, command())
    await shows(session, /^.\S web/)
    const views = () => t.processes().filter((one) => one.command.includes('watch') && one.command.includes(cliFile))
    await t.until(() => views().length > 0, 'the view runs at the other end')
    const [view] = views()
    // The whole terminal with its ssh goes.
    tmux.run('kill-session', '-t', session)
    await t.until(() => !isAlive(view!), 'the view has left')
  })
})

describeNeeding('tmux')('terminals of other kinds', () => {
  test('a dumb one is refused in words, and nothing is sent to it', async () => {
    const session = 'dumb'
    tmux.watch(session, 100, 24, `TERM=dumb ${WATCH}`)
    await shows(session, /^ptrack: cannot show the view: a terminal of TERM=dumb cannot be drawn on; /)
    await shows(session, /^left with 2$/)
    expect(tmux.screen(session).join('\n')).toContain('before')
  })

  test.each([
    ['xterm-256color', 'truecolor', /\x1b\[38;2;255;135;0m/],
    ['xterm-256color', '', /\x1b\[38;2;255;135;0m/],
    ['linux', '', /^(?!.*38;2).*orange/],
  ])("TERM=%s COLORTERM=%s: a program's 24 bits are what it knows", async (term, colorterm, wanted) => {
    const session = `${term}-${colorterm}`
    const script = 'printf "\\033[38;2;255;135;0morange\\033[0m\\n"; exec sleep 3600'
    await t.here.ok(['start', '--name', 'orange', '--', 'sh', '-c', script])
    tmux.run('set-option', '-g', 'default-terminal', 'tmux-256color')
    tmux.watch(session, 80, 24, `env -u NO_COLOR TERM=${term} COLORTERM=${colorterm} ${WATCH}`)
    await tmux.choose(session, 'orange')
    await shows(session, / {2}orange$/)
    expect(
      tmux
        .picture(session)
        .split('\n')
        .find((line) => /orange\S*$/.test(line) && !line.includes('Running')),
    ).toMatch(wanted)
    await tmux.leave(session)
    await t.here.ok(['delete', 'orange'])
  })
})
