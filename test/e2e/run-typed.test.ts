/** What is typed at a terminal reaches a foreground `run`, which a shell can put into the background and back. */
import { afterAll, beforeAll, expect } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { endIdent, identOf } from '../support/proc.ts'
import { findTool, testNeeding } from '../support/requires.ts'
import { type Tmux, tmuxOf } from '../support/tmux.ts'

const live = testNeeding('tmux')
let t: TestHome
let tmux: Tmux
beforeAll(async () => {
  t = await testHome()
  tmux = tmuxOf(t)
  await t.here.ok(['daemon', 'start'])
})
afterAll(async () => {
  if (findTool('tmux') !== null) tmux.close()
  await t?.close()
})

const RUN = `'${process.execPath}' '${cliFile}' run`
/** An interactive shell with job control, whose prompt is `>`. */
function shellIn(session: string) {
  tmux.open(session, 100, 30, "env PS1='> ' bash --norc --noprofile")
  const shows = (what: RegExp): Promise<unknown> => tmux.shows(session, what)
  return {
    shows,
    enter: (line: string): void => {
      tmux.type(session, line)
      tmux.keys(session, 'Enter')
    },
    key: (key: string): void => tmux.keys(session, key),
    /** Since stdin of the job is open. */
    begun: (): Promise<unknown> => shows(/(^|> )ready$/),
  }
}

live('lines arrive as they are typed, Ctrl-D is their end, and the code is that of the program', async () => {
  const shell = shellIn('lines')
  shell.enter(`${RUN} --name lines -- ${program('repeats-lines.sh')}; echo code $?`)
  await shell.begun()
  shell.enter('one')
  await shell.shows(/^got one$/)
  shell.enter('two  words')
  await shell.shows(/^got two {2}words$/)
  shell.key('C-d')
  await shell.shows(/^end$/)
  await shell.shows(/^code 0$/)
})

live('in the background it leaves the terminal to the shell, and takes what is typed once it is in front', async () => {
  const shell = shellIn('jobs')
  shell.enter(`${RUN} --name jobs -- ${program('repeats-lines.sh')} &`)
  await shell.begun()
  shell.enter('echo the shell hears $((40 + 2))')
  await shell.shows(/^the shell hears 42$/)
  shell.enter('jobs')
  await shell.shows(/^\[1\]\+ {2}Running/)
  shell.enter('fg')
  shell.enter('one')
  await shell.shows(/^got one$/)
  shell.key('C-z')
  await shell.shows(/^\[1\]\+ {2}Stopped/)
  shell.enter('bg; echo behind $((50 + 1))')
  await shell.shows(/^behind 51$/)
  shell.enter('echo the shell hears $((50 + 2))')
  await shell.shows(/^the shell hears 52$/)
  shell.enter('fg')
  shell.enter('two')
  await shell.shows(/^got two$/)
  shell.key('C-d')
  await shell.shows(/^end$/)
})

live('kill -9 of the command is the end of what is typed, and not of the job', async () => {
  const shell = shellIn('killed')
  shell.enter(`${RUN} --name killed -- ${program('repeats-lines.sh')}`)
  await shell.begun()
  shell.enter('last words')
  await shell.shows(/^got last words$/)
  const pane = Number(tmux.run('list-panes', '-t', 'killed', '-F', '#{pane_pid}'))
  const caller = t.processes().find(({ command }) => command.includes('killed') && command.includes('run'))
  expect(caller, `below the shell ${pane}`).toBeDefined()
  await endIdent(identOf(caller!.pid)!)
  await t.until(async () => (await t.ls('killed'))?.status === 'done', 'the job has read its end')
  expect((await t.ok(['logs', 'killed'])).stdout).toMatch(/got last words\n.*end\n$/s)
})

live('a second run reads nothing, also after `start`, and --stdin null keeps the terminal from the first', async () => {
  const shell = shellIn('again')
  shell.enter(`${RUN} --name again --retries 1 --retry-initial 10ms -- sh -c 'read -r line && echo "got $line"; exit 3'`)
  await t.until(async () => (await t.ls('again'))?.status === 'running', 'it reads')
  shell.enter('once')
  await shell.shows(/^got once$/)
  await t.until(async () => (await t.ls('again'))?.status === 'failed', 'its second attempt had no input')
  expect((await t.ls('again'))!.run).toBe(2)
  await t.here.ok(['start', 'again'])
  await t.until(async () => {
    const { status, run } = (await t.ls('again'))!
    return status === 'failed' && run > 2
  }, 'nor had those that somebody asks for')
  shell.enter(`${RUN} --name none --stdin null -- ${program('repeats-lines.sh')}`)
  await shell.shows(/^end$/)
})
