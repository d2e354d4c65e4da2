/** Completion in the real shells: the script of `ptrack completion` is loaded, a line is begun, and the shell is asked. */
import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cliFile } from '../support/bundle.ts'
import { program, type TestHome, testHome } from '../support/daemon.ts'
import { testNeeding } from '../support/requires.ts'

let t: TestHome
let bin: string
beforeAll(async () => {
  t = await testHome()
  bin = join(t.dir, 'bin')
  mkdirSync(bin)
  writeFileSync(join(bin, 'ptrack'), `#!/bin/sh\nexec '${process.execPath}' '${cliFile}' "$@"\n`)
  chmodSync(join(bin, 'ptrack'), 0o755)
  await t.here.ok(['start', '--name', 'web', '--tag', 'front', '--', program('waits.sh')])
  await t.here.ok(['start', '--name', 'worker', '--instances', '2', '--', program('waits.sh')])
  writeFileSync(join(t.dir, 'weird.txt'), '')
  // Once: each line below is typed in a shell of its own, and all load the same.
  for (const name of ['bash', 'zsh', 'fish']) writeFileSync(scriptOf(name), (await t.ok(['completion', name])).stdout)
})
afterAll(() => t?.close())

const scriptOf = (name: string): string => join(t.dir, `completion.${name}`)
const run = promisify(execFile)
const environment = (): NodeJS.ProcessEnv => ({ ...t.env, HOME: t.dir, PATH: `${bin}:${t.env.PATH}`, TERM: 'dumb' })
const shell = async (name: string, args: string[]): Promise<string[]> =>
  (await run(name, args, { cwd: t.dir, env: environment(), timeout: 30_000 })).stdout.split('\n').filter(Boolean)

/** What the shell would offer for this line, as words of the line. */
type Complete = (line: string) => Promise<string[]>

/** bash's own machinery of a key: the function that `complete -p` names, with the variables that readline would set. */
const bash: Complete = (line) =>
  shell('bash', [
    '--norc',
    '-ic',
    `source '${scriptOf('bash')}'
     compopt() { :; }
     read -r _ _ function _ <<<"$(complete -p ptrack)"
     COMP_LINE=$1 COMP_POINT=\${#1}
     $function
     printf '%s\\n' "\${COMPREPLY[@]}"`,
    'bash',
    line,
  ])

const fish: Complete = async (line) => {
  const told = await shell('fish', ['-N', '-c', `source '${scriptOf('fish')}'; complete -C $argv[1]`, '--', line])
  return told.map((each) => each.split('\t')[0]!)
}

/** An interactive zsh in a pseudo-terminal, TAB pressed; its list is read between two marks. */
const zsh: Complete = (line) =>
  shell('zsh', [
    '-fc',
    `zmodload zsh/zpty
     zpty shell 'PS1= TERM=dumb zsh -fiV'
     heard() { local all= part; while zpty -r shell part; do all+=$part; [[ $all == *$1* ]] && break; done; REPLY=$all }
     zpty -w shell 'autoload -Uz compinit; compinit -u -C -d ${join(t.dir, 'zcompdump')}; source ${scriptOf('zsh')}
       compadd() {
         if [[ " $* " == *" -O "* || " $* " == *" -A "* || " $* " == *" -D "* ]]; then builtin compadd "$@"; return; fi
         local -a found; builtin compadd -O found "$@"; builtin compadd "$@"; print -rl -- "" "<"$^found">"
       }
       done-here() { print -r -- "all"-"told" }; zle -N done-here
       unsetopt zle_bracketed_paste; bindkey "^I" complete-word; bindkey "^Xd" done-here; print loa"ded"'
     heard loaded
     zpty -w -n shell "$1"$'\\t\\030d'
     heard all-told
     print -r -- "$REPLY"
     zpty -d shell`,
    'zsh',
    line,
  ]).then((told) => [...new Set(told.flatMap((each) => [...each.matchAll(/<([^<>]+)>/g)].map(([, word]) => word!)))])

const SHELLS: ['bash' | 'zsh' | 'fish', Complete][] = [
  ['bash', bash],
  ['zsh', zsh],
  ['fish', fish],
]

describe.each(SHELLS)('%s', (name, complete) => {
  const inShell = testNeeding(name)
  const offered = async (line: string): Promise<string[]> => (await complete(line)).toSorted()

  inShell('commands, and second words', async () => {
    expect(await offered('ptrack res')).toEqual(['reset', 'restart', 'result', 'results', 'resume'])
    expect(await offered('ptrack systemd ')).toEqual(['install', 'print', 'uninstall'])
  })

  inShell('names of processes, instances and tags', async () => {
    expect(await offered('ptrack stop w')).toEqual(['web', 'worker:0', 'worker:1'])
    // bash offers what stands behind the colon, because its line editor replaces no more than that.
    expect(await offered('ptrack stop tag:')).toEqual([name === 'bash' ? 'front' : 'tag:front'])
    expect(await offered('ptrack --json logs web wo')).toEqual(['worker:0', 'worker:1'])
  })

  inShell('options and their values', async () => {
    expect(await offered('ptrack stop --no-')).toEqual(['--no-wait'])
    expect(await offered('ptrack ls --status canc')).toEqual(['cancelled'])
    expect(await offered('ptrack ls --status failed,canc')).toEqual(['failed,cancelled'])
    expect(await offered('ptrack signal US')).toEqual(['USR1', 'USR2'])
    expect(await offered('ptrack start --restart on')).toEqual(['on-failure'])
  })

  inShell('files where a file is wanted', async () => {
    expect(await offered('ptrack start --env-file wei')).toEqual(['weird.txt'])
  })
})

test('nothing is said and no daemon is started where there is none, and a broken line offers nothing', async () => {
  const none = { env: { PTRACK_HOME: join(t.dir, 'none') } }
  expect(await t.run(['complete', '--', 'stop', ''], none)).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
  for (const words of [['nonsense', ''], ['stop', '--nonsense', '--'], ['--home'], [], ['--context', 'none', 'stop', '']])
    expect([words, await t.run(['complete', '--', ...words], none)]).toMatchObject([words, { code: 0, stderr: '' }])
  expect((await t.run(['daemon', 'status'], none)).code).toBe(5)
})

testNeeding('fish')('fish shows what a name is', async () => {
  const told = await shell('fish', ['-N', '-c', 'ptrack completion fish | source; complete -C "ptrack stop web"'])
  expect(told).toEqual(['web\t#0 running service'])
})

test('a line names its own home', async () => {
  const none = { env: { PTRACK_HOME: join(t.dir, 'none') } }
  expect((await t.run(['complete', '--', 'stop', '--home', t.home, 'we'], none)).stdout).toBe('web\t#0 running service\n')
})
