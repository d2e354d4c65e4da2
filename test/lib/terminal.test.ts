/** attach, send and exec of the library, against a real daemon and real terminals. */
import { buffer, text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connect, type Ptrack } from '../../src/lib/index.ts'
import type { Terminal } from '../../src/lib/inputs.ts'
import { type TestHome, testHome } from '../support/daemon.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
let ptrack: Ptrack
beforeAll(async () => {
  t = await testHome()
  await t.here.ok(['daemon', 'start'])
  ptrack = await connect({ home: t.home })
  await ptrack.start({ name: 'web', command: ['sleep', '1000'] }, { env: { SECRET: 'of web' } })
})
afterAll(async () => {
  ptrack?.close()
  await t?.close()
})

/** All that it has shown, as it comes. */
function shownBy(terminal: Terminal): () => string {
  let shown = ''
  terminal.on('data', (bytes: Buffer) => (shown += bytes.toString()))
  return () => shown
}
const started = (name: string): Promise<unknown> =>
  t.until(async () => (await ptrack.list({ targets: [name] }))[0]?.status === 'running', `${name} runs`)
const ended = (terminal: Terminal): Promise<unknown> => new Promise((resolve) => terminal.once('end', resolve))

testNeeding('script')(
  'a terminal: what is shown, typed and resized, over a daemon that is killed, to the end of the program',
  async () => {
    const script = 'trap "stty size" WINCH; while read -r word; do echo "got $word"; test "$word" = bye && exit 0; done'
    await ptrack.start({ name: 'prompt', command: ['bash', '-c', script], tty: true, restart: 'never' })
    await started('prompt')
    const terminal = await ptrack.attach('prompt', { size: { rows: 30, columns: 100 } })
    const shown = shownBy(terminal)
    const over = ended(terminal)
    terminal.write('one\r')
    await t.until(() => shown().includes('got one'), 'it has answered')
    await terminal.resize({ rows: 11, columns: 22 })
    terminal.write('two\r')
    await t.until(() => shown().includes('11 22'), 'it has the new size')
    await t.killDaemon()
    await t.here.ok(['daemon', 'start'])
    await ptrack.send('prompt', 'three')
    await t.until(() => shown().includes('got three'), 'it is shown under another daemon')
    // Once: nothing is shown or typed twice.
    expect(shown().split('got one')).toHaveLength(2)
    terminal.write('bye\r')
    await over
    expect(shown()).toMatch(/got bye\r\n$/)
  },
)

testNeeding('script')('a terminal that is left: the program runs on', async () => {
  await ptrack.start({ name: 'kept', command: ['cat'], tty: true })
  await started('kept')
  const terminal = await ptrack.attach('kept')
  const shown = shownBy(terminal)
  await ptrack.send('kept', 'hello', { keys: ['enter'] })
  await t.until(() => shown().includes('hello'), 'it shows what was typed')
  const closed = new Promise((resolve) => terminal.once('close', resolve))
  terminal.detach()
  await closed
  expect(await ptrack.list({ targets: ['kept'] })).toMatchObject([{ status: 'running' }])
  await expect(ptrack.attach('web')).rejects.toThrow('cannot attach to web')
  await expect(ptrack.send('kept', '', { keys: ['no-such-key'] })).rejects.toMatchObject({ code: 'USAGE' })
})

test('a command: its input, both outputs in full, its exit code, and nothing is left of it', async () => {
  const command = await ptrack.exec('web', ['sh', '-c', 'echo "$SECRET" >&2; cat; exit 4'], { input: true })
  const large = Buffer.alloc(3_000_000, 'all of it\n')
  command.stdin?.end(large)
  const [out, err] = await Promise.all([buffer(command.stdout), text(command.stderr!)])
  expect([out.equals(large), err, await command.exited]).toEqual([true, 'of web\n', { exitCode: 4, signal: null }])
  await t.until(async () => (await ptrack.list({ all: true })).every(({ id }) => id !== command.id), 'it is forgotten')
})

test('one that is ended, one that cannot be started', async () => {
  const long = await ptrack.exec('web', ['sh', '-c', 'echo begun; sleep 1000 & wait'])
  for await (const bytes of long.stdout) {
    expect(String(bytes)).toBe('begun\n')
    await long.kill()
  }
  expect(await long.exited).toEqual({ exitCode: null, signal: 'SIGTERM' })
  const absent = await ptrack.exec('web', ['no-such-program'])
  await expect(absent.exited).rejects.toMatchObject({ code: 'SPAWN_FAILED' })
})

testNeeding('script')('a command with a terminal', async () => {
  const { terminal, stdout, stderr, exited } = await ptrack.exec('web', ['sh', '-c', 'stty size; read x; echo "$x$x"'], {
    terminal: { rows: 7, columns: 70 },
  })
  expect([stdout === (terminal as unknown), stderr]).toEqual([true, null])
  const shown = shownBy(terminal!)
  terminal!.write('ab\r')
  await ended(terminal!)
  expect(shown()).toMatch(/7 70\r\n[\s\S]*abab\r\n$/)
  expect(await exited).toEqual({ exitCode: 0, signal: null })
})
