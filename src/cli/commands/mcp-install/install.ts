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
}

const CLIENTS: Record<'claude' | 'cursor' | 'vscode', Kind> = {
  claude: { file: '.mcp.json', key: 'mcpServers', directory: null, more: {} },
  cursor: { file: '.cursor/mcp.json', key: 'mcpServers', directory: '${workspaceFolder}', more: {} },
  vscode: { file: '.vscode/mcp.json', key: 'servers', directory: '${workspaceFolder}', more: { type: 'stdio' } },
}

export async function install(
  context: Context,
  { client = 'claude', write = false }: { client?: keyof typeof CLIENTS; write?: boolean },
): Promise<number> {
  const { io } = context
  const { file, key, directory, more } = CLIENTS[client]
  const args = [
    'mcp',
    ...(context.homeIsChosen ? ['--home', context.home] : []),
    ...(directory === null ? [] : ['--directory', directory]),
  ]
  const server = { ...more, ...commandOf(context, args) }
  const path = join(io.cwd, file)
  if (!write) {
    if (context.json) context.printJson({ client, file: path, config: { [key]: { ptrack: server } } })
    else {
      context.note(`this goes into ${path}; --write puts it there`)
      context.print(JSON.stringify({ [key]: { ptrack: server } }, null, 2))
    }
    return 0
  }
  const before = existsSync(path) ? readFileSync(path, 'utf8') : null
  const all = before === null ? {} : read(path, before)
  const servers = objectOf(all[key]) ?? {}
  const after = `${JSON.stringify({ ...all, [key]: { ...servers, ptrack: server } }, null, 2)}\n`
  const isNew = JSON.stringify(servers.ptrack) !== JSON.stringify(server)
  if (isNew) put(path, after)
  if (context.json) context.printJson({ client, file: path, written: isNew })
  else context.print(isNew ? `${path} written; start ${client} anew` : `${path} says so already`)
  return 0
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
