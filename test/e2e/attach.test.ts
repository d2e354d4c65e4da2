/** Terminals of programs: `run -it` and `attach` as at a desk, over resizes, several viewers and a dead daemon; floods; who may type. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { allPids, commandLine } from '../support/proc.ts'
import { describeNeeding, findTool, type Tool, testNeeding } from '../support/requires.ts'
import { ended, instancesOf, reaches, said } from '../support/runs.ts'
import { type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome({ env: { PTRACK_HTTP: '0' } })
  tmux = watchTmuxOf(t)
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const CLI = `'${process.execPath}' '${cliFile}'`
const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)
const at = (session: string, words: string, columns = 80, rows = 24): void =>
  tmux.watch(session, columns, rows, `${CLI} ${words}`)
const enter = (session: string, text: string): void => tmux.keys(session, text, 'Enter')

describeNeeding(
  'tmux',
  'bash',
  'script',
)('at a terminal', () => {
  test('bash: its own size, Ctrl-C and exit code; attached twice, left, over kill -9 of the daemon', async () => {
    const desk = 'desk'
    at(desk, "run -it --name shell -- env PS1='shell> ' bash --norc", 100, 20)
    await shows(desk, /^shell>$/)
    enter(desk, 'stty size; tty')
    await shows(desk, /^20 100$/)
    await shows(desk, /^\/dev\/pts\/\d+$/)
    // A second one sets the size, and both see the same.
    at('second', 'attach shell', 60, 12)
    await shows('second', /^shell>$/)
    enter('second', 'clear; stty size; echo from second')
    await shows('second', /^12 60$/)
    await shows(desk, /^from second$/)
    tmux.run('resize-window', '-t', desk, '-x', '90', '-y', '18')
    await t.until(async () => {
      enter(desk, 'clear; stty size')
      return tmux.screen(desk).includes('18 90')
    }, 'the size follows the terminal that changed last')
    await t.killDaemon()
    await t.here.ok(['daemon', 'start'])
    await reaches(t, 'shell', 'running')
    await t.until(() => {
      enter(desk, 'clear; echo "after $((1+1))"')
      return tmux.screen(desk).includes('after 2')
    }, 'it takes what is typed again')
    await shows('second', /^after 2$/)
    enter(desk, 'echo sleeps; sleep 1000')
    await shows(desk, /^sleeps$/)
    tmux.keys(desk, 'C-c')
    await shows(desk, /^\^C/)
    tmux.keys('second', 'C-\\')
    await shows('second', /^left with 0$/)
    await tmux.isRestored('second')
    enter(desk, 'exit 9')
    await shows(desk, /^left with 9$/)
    await tmux.isRestored(desk)
    expect(await ended(t, 'shell')).toMatchObject({ status: 'failed', exitCode: 9 })
  })

  const PROGRAMS: readonly [Tool, string, RegExp, string[]][] = [
    ['vim', 'vim -u NONE text', /^first line$/, ['Escape', ':q!', 'Enter']],
    ['less', 'less text', /^first line$/, ['q']],
    ['htop', 'htop', /Load average/, ['q']],
    ['python3', 'python3 -q', /^>>>$/, ['C-d']],
  ]
  test.each(PROGRAMS)(
    '%s draws itself, again at another size and for who comes back, and gives the terminal back',
    async (tool, command, drawn, quit) => {
      if (findTool(tool) === null) return
      writeFileSync(join(t.dir, 'text'), 'first line\nsecond line\n')
      at(tool, `run -it --cwd '${t.dir}' --name of-${tool} -- ${command}`)
      await shows(tool, drawn)
      tmux.run('resize-window', '-t', tool, '-x', '70', '-y', '15')
      tmux.keys(tool, 'C-\\')
      await shows(tool, /^left with 0$/)
      await tmux.isRestored(tool)
      enter(tool, `clear; ${CLI} attach of-${tool}; echo "now left with $?"`)
      if (tool === 'python3') tmux.keys(tool, 'Enter')
      await shows(tool, drawn)
      tmux.keys(tool, ...quit)
      await shows(tool, /^now left with 0$/)
      await tmux.isRestored(tool)
    },
  )

  test('a program that is slow to notice draws for who attaches too, and has the size of that terminal then', async () => {
    await t.here.ok(['run', '-dt', '--name', 'slow', '--', program('draws-when-resized.mjs')])
    await t.until(() => said(t, 'slow').includes('drawn 1 '), 'it has drawn once')
    at('slow', 'attach slow', 80, 24)
    await shows('slow', /^drawn \d+ at 80x24$/)
    tmux.keys('slow', 'C-\\')
    await shows('slow', /^left with 0$/)
  })

  test('a program that draws nothing finds the size of the terminal as soon as it is typed at', async () => {
    await t.here.ok([
      'run',
      '-dt',
      '--name',
      'silent',
      '--',
      'sh',
      '-c',
      'stty -echo; echo ready; while read x; do stty size; done',
    ])
    await t.until(() => said(t, 'silent').includes('ready'), 'it reads')
    at('silent', 'attach silent', 80, 24)
    await t.until(() => allPids().some((pid) => commandLine(pid).includes('attach')), 'it is attached')
    tmux.keys('silent', 'Enter')
    await shows('silent', /^24 80$/)
    tmux.keys('silent', 'C-\\')
    await shows('silent', /^left with 0$/)
  })

  test('a terminal that is closed leaves the program running', async () => {
    at('closed', "run -it --stop-signal HUP --name stays -- env PS1='here> ' sh")
    await shows('closed', /^here>$/)
    tmux.run('kill-session', '-t', 'closed')
    await t.until(() => !allPids().some((pid) => commandLine(pid).includes('stays')), 'the command has gone')
    await t.ok(['send', 'stays', 'echo still "$((20 + 3))"'])
    await t.until(() => said(t, 'stays').includes('still 23'), 'the program answers')
  })

  test('a viewer sees it and cannot type', async () => {
    await t.here.ok([
      'run',
      '-dt',
      '--name',
      'shown',
      '--',
      'sh',
      '-c',
      'echo look here; read x; echo "typed $x"; exec sleep 1000',
    ])
    const token = (await t.here.ok(['token', 'create', 'eye', '--role', 'viewer'])).stdout.trim()
    const { http } = await t.here.json<{ http: { port: number } }>(['daemon', 'status'])
    const env = { XDG_CONFIG_HOME: join(t.dir, 'viewer'), PTRACK_HOME: undefined }
    await t.here.ok(['context', 'use', 'lab', '--url', `http://127.0.0.1:${http.port}`, '--token-stdin'], { env, input: token })
    const far = `env -u PTRACK_HOME XDG_CONFIG_HOME='${env.XDG_CONFIG_HOME}' ${CLI}`
    tmux.watch('viewer', 100, 24, `${far} attach shown`)
    await shows('viewer', /^ptrack: you may look at shown, and not type/)
    enter('viewer', 'something')
    tmux.keys('viewer', 'C-c')
    await shows('viewer', /^left with 0$/)
    expect((await t.run(['send', 'shown', 'x', '--context', 'lab'], { env })).stderr).toContain('cannot send: the token')
    expect(said(t, 'shown')).toBe('look here\r\n')
    // An operator at the same place may.
    await t.ok(['send', 'shown', 'mine'])
    await t.until(() => said(t, 'shown').endsWith('typed mine\r\n'), 'the operator has typed')
  })
})

describeNeeding('script')('the program', () => {
  test('a flood of output passes with no byte lost, in the log and on the way', async () => {
    const size = 12_000_000
    const command = `sh -c 'stty raw; exec head -c ${size} "${process.execPath}"'`
    const run = `${CLI} run -t --name flood --log-max 100M -- ${command} </dev/null >flooded`
    expect(spawnSync('sh', ['-c', run], { cwd: t.dir, env: t.env, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' })
    const md5 = (data: Buffer): string => createHash('md5').update(data).digest('hex')
    const sent = md5(readFileSync(process.execPath).subarray(0, size))
    expect(md5(readFileSync(t.logFile('flood')))).toBe(sent)
    expect(md5(readFileSync(join(t.dir, 'flooded')))).toBe(sent)
  })

  test('a stop reaches it alone of all that holds its terminal, its last words are kept, and nothing is left', async () => {
    const script = 'trap "sleep 0.1; echo last words; exit 3" TERM; sleep 1000 & echo begun; while :; do wait; done'
    await t.here.ok(['start', '--tty', '--name', 'polite', '--', 'sh', '-c', script])
    await t.until(() => said(t, 'polite').includes('begun'), 'it has begun')
    const { id, pid } = (await t.ls('polite'))!
    expect(readFileSync(`/proc/${pid}/comm`, 'utf8')).toBe('sh\n')
    await t.here.ok(['stop', 'polite'])
    expect(said(t, 'polite')).toContain('last words')
    expect(instancesOf(t, id)).toEqual([])
    expect((await t.ls('polite'))?.exitCode).toBe(3)
  })

  test('how it ended is known to a daemon that was not there', async () => {
    const pidOf = async (name: string): Promise<number> => (await reaches(t, name, 'running')).pid!
    for (const name of ['codes', 'signalled'])
      await t.here.ok([
        'run',
        '-dt',
        '--name',
        name,
        '--',
        'sh',
        '-c',
        `until [ -e '${t.dir}/over' ]; do sleep 0.1; done; ${name === 'codes' ? 'exit 4' : 'kill -9 $$'}`,
      ])
    const pids = [await pidOf('codes'), await pidOf('signalled')]
    await t.killDaemon()
    writeFileSync(join(t.dir, 'over'), '')
    await t.until(() => !t.processes().some(({ pid }) => pids.includes(pid)), 'both have ended')
    await t.here.ok(['daemon', 'start'])
    expect(await ended(t, 'codes')).toMatchObject({ exitCode: 4 })
    expect(await ended(t, 'signalled')).toMatchObject({ signal: 'SIGKILL' })
    // The FIFO of what is typed goes with the run.
    await t.until(async () => (await t.here.run(['attach', 'codes'])).code === 3, 'it is not running')
  })

  test('what has no terminal, or input for none, is refused with what to do', async () => {
    await t.here.ok(['start', '--name', 'plain', '--', 'sleep', '1000'])
    const refused = (args: string[], input?: string): Promise<string> =>
      t.run(args, input === undefined ? {} : { input }).then(({ stderr }) => stderr)
    expect(await refused(['attach', 'plain'])).toBe(
      'ptrack: cannot attach to plain: it has no terminal of its own; `ptrack set plain --tty` gives it one at its next start, `ptrack logs -f plain` follows its output\n',
    )
    expect(await refused(['run', '-it', '--', 'cat'], 'rows')).toContain('cannot hand this input on to the terminal of cat')
    expect(await refused(['start', '--tty', '--socket', 'auto', '--', 'node', 'x.js'])).toContain(
      'cannot give a program with shared sockets a terminal',
    )
  })
})

testNeeding('script')('SHELL, TERM and a command of any characters arrive as they are', async () => {
  const odd = `a 'b' "c" $HOME \\n*`
  const { stdout } = await t.run(['run', '-t', '--', 'sh', '-c', 'printf "%s|" "$1" "$SHELL" "$TERM"; stty size', 'x', odd], {
    env: { SHELL: '/bin/of mine', TERM: undefined },
  })
  expect(stdout).toBe(`${odd}|/bin/of mine|xterm-256color|24 80\r\n`)
})
