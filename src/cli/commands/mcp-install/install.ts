/** mcp install: the configuration of a client, shown or written. */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { findCommand } from '../../input/interpreter.ts'

interface Kind {
  file: string
  /** The key of all servers. */
  key: string
  /** What the client puts in place of the project's directory; null: it starts the server there. */
  directory: string | null
  more: object
  /** What else the client wants before it starts the server. */
  wants?: string
}

/** Longer than the longest `timeout` of a tool. */
const LONGEST_CALL_S = 610
const STDIO = { type: 'stdio' }

const CLIENTS: Record<'claude' | 'codex' | 'cursor' | 'gemini' | 'vscode', Kind> = {
  claude: { file: '.mcp.json', key: 'mcpServers', directory: null, more: STDIO, wants: 'approve the server there' },
  codex: {
    file: '.codex/config.toml',
    key: 'mcp_servers',
    directory: null,
    more: { tool_timeout_sec: LONGEST_CALL_S },
    wants: 'trust this folder there',
  },
  cursor: { file: '.cursor/mcp.json', key: 'mcpServers', directory: '${workspaceFolder}', more: STDIO },
  gemini: { file: '.gemini/settings.json', key: 'mcpServers', directory: null, more: {}, wants: 'trust this folder there' },
  vscode: { file: '.vscode/mcp.json', key: 'servers', directory: '${workspaceFolder}', more: STDIO },
}

/** `null`: nothing is to be changed. */
interface Format {
  show(key: string, server: object): string
  add(path: string, before: string | null, key: string, server: object): string | null
}

export async function install(
  context: Context,
  { client = 'claude', write = false }: { client?: keyof typeof CLIENTS; write?: boolean },
): Promise<number> {
  const { io } = context
  const { file, key, directory, more, wants } = CLIENTS[client]
  const args = [
    'mcp',
    ...(context.homeIsChosen ? ['--home', context.home] : []),
    ...(directory === null ? [] : ['--directory', directory]),
  ]
  const server = file.endsWith('.toml') ? { ...commandOf(context, args), ...more } : { ...more, ...commandOf(context, args) }
  const path = join(io.cwd, file)
  const format = file.endsWith('.toml') ? TOML : PLAIN_JSON
  if (!write) {
    if (context.json) context.printJson({ client, file: path, config: { [key]: { ptrack: server } } })
    else {
      context.note(`this goes into ${path}; --write puts it there`)
      context.print(format.show(key, server))
    }
    return 0
  }
  const after = format.add(path, existsSync(path) ? readFileSync(path, 'utf8') : null, key, server)
  if (after !== null) put(path, after)
  if (context.json) context.printJson({ client, file: path, written: after !== null })
  else
    context.print(
      after !== null
        ? `${path} written; restart ${client}${wants === undefined ? '' : ` and ${wants}`}`
        : `${path} says so already`,
    )
  return 0
}

const PLAIN_JSON: Format = {
  show: (key, server) => JSON.stringify({ [key]: { ptrack: server } }, null, 2),
  add(path, before, key, server) {
    const all = before === null ? {} : read(path, before)
    const servers = objectOf(all[key]) ?? {}
    if (JSON.stringify(servers.ptrack) === JSON.stringify(server)) return null
    return `${JSON.stringify({ ...all, [key]: { ...servers, ptrack: server } }, null, 2)}\n`
  },
}

/** Strings and lists of strings are written as in JSON. */
const TOML: Format = {
  show: (key, server) =>
    [`[${key}.ptrack]`, ...Object.entries(server).map(([field, value]) => `${field} = ${JSON.stringify(value)}`)].join('\n'),
  // A table behind all that is there changes nothing of it, and comments stay.
  add(path, before, key, server) {
    const table = TOML.show(key, server)
    if (before === null || before.trim() === '') return `${table}\n`
    const lines = `\n${before.trimEnd()}\n`
    if (lines.includes(`\n${table}\n`)) return null
    if (new RegExp(`^\\s*(\\[\\s*${key}\\s*\\.\\s*"?ptrack"?\\s*[.\\]]|${key}\\s*(=|\\.))`, 'm').test(before))
      throw new PtrackError('BAD_FILE', `cannot write ${path}: it has a ptrack, or its servers, in another way already`, {
        hint: 'leave out --write, and change by hand what is there; nothing was changed',
      })
    return `${before.trimEnd()}\n\n${table}\n`
  },
}

/** A client may be started without this shell's PATH. */
function commandOf({ io }: Context, args: string[]): { command: string; args: string[] } {
  if (findCommand('ptrack', io.env, io.cwd) !== null) return { command: 'ptrack', args }
  return { command: process.execPath, args: [join(dirname(io.daemonScript), '..', 'bin', 'ptrack.js'), ...args] }
}

const objectOf = (value: unknown): Record<string, unknown> | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null

/** Comments would be lost, so such a file is left to its owner. */
function read(path: string, text: string): Record<string, unknown> {
  try {
    const value = objectOf(JSON.parse(text))
    if (value !== null) return value
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  throw new PtrackError('BAD_FILE', `cannot write ${path}: what is there is no plain JSON object`, {
    hint: 'leave out --write, and add by hand what is shown; nothing was changed',
  })
}

/** Whole, or not at all. */
function put(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(`${path}.tmp`, text)
  renameSync(`${path}.tmp`, path)
}
