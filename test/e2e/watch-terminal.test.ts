/** `ptrack watch` on terminals that are resized without end, tiny, huge, slow, stuck or taken away. */
import { spawn } from 'node:child_process'
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { identOf, isAlive } from '../support/proc.ts'
import { describeNeeding, findTool, testNeeding } from '../support/requires.ts'
import { type WatchTmux, watchTmuxOf } from '../support/watch.ts'

const TMUX = findTool('tmux') !== null
let t: TestHome
let tmux: WatchTmux
beforeAll(async () => {
  t = await testHome()
  tmux = watchTmuxOf(t)
  await t.here.ok(['start', '--name', 'web', '--', program('waits.sh')])
})
afterAll(async () => {
  if (TMUX) tmux.close()
  await t?.close()
})

const shows = (session: string, what: RegExp): Promise<unknown> => tmux.shows(session, what)

describeNeeding('tmux')('in tmux', () => {
  test('a hundred resizes at once, 20x5 and 500x200: what is drawn in the end is right', async () => {
    const session = 'storm'
    tmux.watch(session, 80, 24)
    await shows(session, /^.\S web +Running/)
    const resize = (columns: number, rows: number): string =>
      tmux.run('resize-window', '-t', session, '-x', String(columns), '-y', String(rows))
    for (let i = 0; i < 100; i++) resize(20 + ((i * 37) % 200), 4 + ((i * 13) % 60))
    resize(20, 5)
    await shows(session, /^▌\S web/)
    await t.until(() => tmux.screen(session)[0]!.startsWith(' ptrack'), 'the first line is the header')
    resize(500, 200)
    await shows(session, /^▌\S web +Running/)
    await shows(session, /q quit( |$)/)
    // Nothing of the sizes before is left.
    await t.until(() => {
      const screen = tmux.screen(session)
      return (
        screen.filter((line) => /q quit( |$)/.test(line)).length === 1 &&
        screen.filter((line) => / ptrack ─/.test(line)).length === 1
      )
    }, 'one header and one footer')
    resize(80, 24)
    await shows(session, /q quit( |$)/)
    await tmux.leave(session)
    await tmux.isRestored(session)
  })

  test('Ctrl-C twice at once leaves once, with the terminal given back', async () => {
    const session = 'twice'
    tmux.watch(session, 80, 24)
    await shows(session, /^.\S web/)
    tmux.keys(session, 'C-c', 'C-c')
    await shows(session, /^left with 0$/)
    await tmux.isRestored(session)
  })

  test('a terminal that is closed leaves no process behind', async () => {
    const session = 'closed'
    tmux.watch(session, 80, 24)
    await shows(session, /^.\S web/)
    const view = tmux.viewIn(session)
    tmux.run('kill-session', '-t', session)
    await t.until(() => !isAlive(view), 'the view has left')
  })
})

/** A terminal that nobody reads while the file is there; then it is read to its end. Tells the pid once it is full; prints how much came, and the exit code. */
const STUCK = `
import os, pty, sys, time, fcntl, termios, struct
gate, told = sys.argv[1:3]
pid, fd = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 60, 200, 0, 0))
while struct.unpack('i', fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0] < 2000:
    time.sleep(0.02)
open(told, 'w').write(str(pid))
while os.path.exists(gate):
    time.sleep(0.02)
total = 0
asked = False
while True:
    try:
        some = os.read(fd, 65536)
    except OSError:
        break
    if not some:
        break
    total += len(some)
    if not asked and b'live' in some:
        asked = True
        os.write(fd, b'q')
_, status = os.waitpid(pid, 0)
print(total, os.waitstatus_to_exitcode(status))
`

testNeeding('python3')(
  'a terminal that takes nothing holds the view, not its memory; then the newest picture comes',
  async () => {
    const gate = join(t.dir, 'gate')
    const told = join(t.dir, 'told')
    writeFileSync(gate, '')
    const script = 'while :; do seq 1 20000; sleep 0.02; done'
    await t.here.ok(['start', '--name', 'chatty', '--', 'sh', '-c', script])
    const child = spawn('python3', ['-c', STUCK, gate, told, process.execPath, cliFile, 'watch', '--sort', 'name'], {
      cwd: t.dir,
      env: { ...t.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    t.alsoEnd(child.pid!)
    let out = ''
    child.stdout.on('data', (bytes) => (out += bytes))
    const ended = new Promise((resolve) => child.once('close', resolve))
    const view = await t.until(() => identOf(Number(readFileSync(told, 'utf8'))), 'the terminal is full')
    const residentBytes = (): number =>
      Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${view!.pid}/status`, 'utf8'))![1]) * 1024
    const written = (): number => statSync(t.logFile('chatty')).size
    await t.until(() => written() > 1e6, 'there is a log')
    const before = residentBytes()
    await t.until(() => written() > 6e6, 'six megabytes of it', 50_000)
    expect(residentBytes()).toBeLessThan(before + 60e6)
    await t.here.ok(['stop', 'chatty'])
    rmSync(gate)
    expect(await ended).toBe(0)
    const [bytes, code] = out.trim().split(' ').map(Number)
    expect(code).toBe(0)
    // A few pictures, not the seconds of them that nobody saw.
    expect(bytes).toBeLessThan(400_000)
    await t.here.ok(['delete', 'chatty'])
  },
)
