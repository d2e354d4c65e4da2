/**
 * The command blocks of a document, run in order and in one home, as a reader pastes them. A document has these fences and no others
 * (test/house/docs.test.ts):
 *   ```sh        is run; it must exit 0
 *   ```text      right after it is what it prints; `...` stands for anything in a line, and a line of it for any lines
 *   ```console   is typed, line by line behind `$ `, at a terminal, with what test/support/terminal.ts says of each command
 *   ```js NAME   (or any other language) is a file that the reader has
 *   ```js, ```yaml, ```ts without a name are run, read or printed by tests of their own documents.
 * UPDATE_DOCS=1 writes the outputs anew. Numbers of three digits and more, times, sizes and ids are no part of the comparison.
 */
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { root } from './bundle.ts'
import { commandPath } from './command-path.ts'
import { type TestHome, testHome } from './daemon.ts'
import { findTool, needs, skipFor, type Tool } from './requires.ts'
import { isRunElsewhere, notBrought, typeAtTerminal, typedLines, typing } from './terminal.ts'

interface Block {
  fence: 'sh' | 'console'
  script: string
  /** What the document says it prints; null when it says nothing. */
  says: string | null
}

/** Where a reader's files and ptrack's own lie, in documents. */
const READERS_DIRECTORY = '/srv/site'
const READERS_HOME = '/home/you/.local/state/ptrack'

const FENCE = /^```(\w+)(?: ([\w.-]+))?\n([\s\S]*?)^```$/gm

export function blocksOf(text: string): Block[] {
  return [...text.matchAll(/^```(sh|console)\n([\s\S]*?)^```\n(?:\n```text\n([\s\S]*?)^```$)?/gm)].map((match) => ({
    fence: match[1] as Block['fence'],
    script: match[2]!,
    says: match[3] ?? null,
  }))
}

/** What the reader has before the first block. */
export const filesOf = (text: string): { name: string; content: string }[] =>
  [...text.matchAll(FENCE)].flatMap((match) => (match[2] ? [{ name: match[2], content: match[3]! }] : []))

/** What differs from one machine, or one minute, to the next is made the same. */
export function withoutChance(text: string): string {
  return (
    text
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?/g, 'TIME')
      .replace(/\b\d\d:\d\d:\d\d(\.\d+)?\b/g, 'TIME')
      // An id of eight hex digits can be all digits (one in 43), so eight digits of any kind are an id here.
      .replace(/\b(?=[a-f]*\d)[0-9a-f]{8,}\b/g, 'ID')
      .replace(/\b\d+(\.\d+)? ?(ms|s|m|h|d|B|[kKMGT]B)\b( \d+(s|m|h)\b)?/g, 'AMOUNT')
      // Use of CPU and memory, which may not have been measured yet: two columns behind the restarts.
      .replace(/(\bAMOUNT +\d+ +)(?:-|\d+(?:\.\d+)?%) +(?:-|AMOUNT)(?= )/g, '$1USAGE')
      .replace(/\bpid \d+\b/g, 'pid NUMBER')
      // A short job may have ended when its start is answered.
      .replace(/\bran to its end$/gm, 'started (pid NUMBER)')
      // Whoever depends on a short job may be seen to wait for it, or not.
      .replace(/^\S+: waiting for .*\n/gm, '')
      .replace(/^(\S+): (?:healthy|running)$/gm, '$1 started (pid NUMBER)')
      // Those that depend on nothing start side by side, in any order.
      .replace(/(?:^.* started \(pid NUMBER\)\n){2,}/gm, (lines) => `${lines.trimEnd().split('\n').sort().join('\n')}\n`)
      .replace(/\b\d{3,}\b/g, 'NUMBER')
      .replace(/[ \t]+/g, ' ')
      // A column of numbers that is right-aligned begins further left or right with their length.
      .replace(/^ | $/gm, '')
      .trim()
  )
}

const literally = (words: string): string => words.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** `...` stands for anything, and on a line of its own for any lines, also none. */
export function sameOutput(said: string, printed: string): boolean {
  const escaped = withoutChance(said)
    .split('\n')
    .map((line) => (line === '...' ? '(?:.*\n)*?' : `${line.split('...').map(literally).join('.*')}\n`))
  return new RegExp(`^${escaped.join('')}$`).test(`${withoutChance(printed)}\n`)
}

export interface Reader {
  home: TestHome
  /** Where the blocks are run. */
  dir: string
  /** Their PATH: `ptrack` first, from a directory `bin` of the home's own. */
  path: string
  paste(script: string): Promise<{ code: number | null; output: string; trace: string }>
  close(): Promise<unknown>
}

/** bash where it is, since only bash stops at what fails inside a pipe and traces to a file of its own. */
const SHELL = findTool('bash') ? (['bash', '-e', '-o', 'pipefail', '-c'] as const) : (['sh', '-e', '-c'] as const)
const traced = SHELL[0] === 'bash' ? 'exec 9>"$TRACE"; BASH_XTRACEFD=9; set -x\n' : ''

/** What the blocks of documents use that a fresh machine may lack. */
const USED = ['bash', 'curl', 'setsid'] as const satisfies readonly Tool[]
const toolsOf = ({ script, says }: Block): Tool[] =>
  USED.filter((tool) => new RegExp(`(?<![\\w-])${tool} `).test(`${script}\n${says ?? ''}`))

/** Somebody with a home of his own, `ptrack` in the PATH, and a directory to work in. */
async function reader(env: Record<string, string>): Promise<Reader> {
  const home = await testHome({ env })
  const dir = join(home.dir, 'site')
  const path = commandPath(home)
  mkdirSync(dir)
  const trace = join(home.dir, 'trace')
  const paste: Reader['paste'] = (script) =>
    new Promise((resolve, reject) => {
      const [shell, ...flags] = SHELL
      const child = spawn(shell, [...flags, `exec 2>&1\n${traced}${script}`], {
        cwd: dir,
        env: { ...home.env, TRACE: trace, PATH: path },
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let output = ''
      child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk
      })
      child.once('error', reject)
      child.once('close', (code) => resolve({ code, output, trace: existsSync(trace) ? readFileSync(trace, 'utf8') : '' }))
    })
  return { home, dir, path, paste, close: () => home.close() }
}

export interface DocumentOptions {
  /** What a block claims beyond its output, checked after it has run; found by a piece of the block. */
  claims?: readonly (readonly [piece: string, claim: (output: string, reader: Reader) => void | Promise<void>])[]
  env?: Record<string, string>
  /** Ports of the document's files, which may be taken here: asked for anew by each run. */
  ports?: Readonly<Record<string, () => Promise<number>>>
  /** What the reader has before the first block. */
  before?: (reader: Reader) => Promise<unknown>
}

/** Defines one test for each command block of a document. */
export function testDocument(name: string, options: DocumentOptions = {}): void {
  const file = join(root, name)
  const text = readFileSync(file, 'utf8')
  const blocks = blocksOf(text)
  const claims = options.claims ?? []
  const ports: [written: string, used: string][] = []
  const here = (words: string): string => ports.reduce((all, [written, used]) => all.replaceAll(written, used), words)
  let updated = text
  let me: Reader

  beforeAll(async () => {
    for (const [port, ask] of Object.entries(options.ports ?? {})) ports.push([port, String(await ask())])
    me = await reader(Object.fromEntries(Object.entries(options.env ?? {}).map(([name, value]) => [name, here(value)])))
    for (const { name: path, content } of filesOf(text)) writeFileSync(join(me.dir, path), here(content))
    await options.before?.(me)
  })
  afterAll(async () => {
    if (updated !== text) writeFileSync(file, updated)
    await me?.close()
  })

  /** What was printed, as it would be where the reader is. */
  const there = (printed: string): string =>
    ports
      .reduce((all, [written, used]) => all.replaceAll(used, written), printed)
      .replaceAll(me.dir, READERS_DIRECTORY)
      .replaceAll(me.home.home, READERS_HOME)
      .replaceAll(process.execPath, '/usr/bin/node')
      // Who asked for what, in a timeline.
      .replace(/^( +[\d:]{8} {2})\S+: ptrack /gm, '$1you: ptrack ')

  test(`${name} has command blocks, and those that its claims are about`, () => {
    expect(blocks.length).toBeGreaterThan(0)
    expect(claims.filter(([piece]) => !blocks.some(({ script }) => script.includes(piece))).map(([piece]) => piece)).toEqual([])
  })

  // A block builds on those before it: what one of them lacks, it lacks too.
  const used = new Set<Tool>()
  blocks.forEach((block, number) => {
    const { fence, script, says } = block
    for (const tool of toolsOf(block)) used.add(tool)
    const title = `${name}, block ${number + 1}`
    if (fence === 'console') {
      for (const line of typedLines(script).filter((line) => !isRunElsewhere(line)))
        test(`${title}: ${line}`, { ...typing(line), timeout: 300_000 }, async (context) => {
          const lacking = notBrought(line, me)
          if (lacking !== null) skipFor(context, { name: `${lacking} (from the package registry)`, there: false })
          await typeAtTerminal(line, me, here)
        })
      return
    }
    test(`${title}: ${script.trim().split('\n')[0]}`, needs(...used), async () => {
      const { code, output, trace } = await me.paste(here(script))
      expect(code, `${output}\n${trace}\n${me.home.logTail()}`).toBe(0)
      const printed = there(output)
      if (says !== null && !sameOutput(says, printed)) {
        if (process.env.UPDATE_DOCS)
          updated = updated.replace(
            `${script}\`\`\`\n\n\`\`\`text\n${says}`,
            () => `${script}\`\`\`\n\n\`\`\`text\n${printed}${printed.endsWith('\n') ? '' : '\n'}`,
          )
        else expect(withoutChance(printed), `${name}: UPDATE_DOCS=1 writes it anew`).toBe(withoutChance(says))
      }
      for (const [piece, claim] of claims) if (script.includes(piece)) await claim(output, me)
    })
  })
}
