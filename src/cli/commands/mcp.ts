/** mcp: a server of the Model Context Protocol, for coding agents. */
import { ROLES, type Role } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice, duration } from '../input/parse.ts'
import type { McpOptions } from './mcp/mcp.ts'

const CLIENTS = ['claude', 'codex', 'cursor', 'gemini', 'vscode'] as const

const server: CommandSpec = {
  name: 'mcp',
  group: 'inside',
  summary: 'serve coding agents by the Model Context Protocol, on stdin and stdout',
  define: (command) => {
    command
      .option('--all', 'every project, instead of that of the directory')
      .option('--directory <dir>', 'the directory whose project it is about (default: this one)')
      .option('--role <role>', 'admin | operator | viewer: what a client may do (default: admin)', choice('--role', ROLES))
      .option('--linger <time>', 'end what a client has started so long after it is gone (default: 1m)', duration('--linger'))
      .addHelpText('after', '\nA client starts it itself: `ptrack mcp install` writes down how. See docs/agents.md.')
    return async (context, _args, options) => (await import('./mcp/mcp.ts')).mcp(context, options as McpOptions & { role?: Role })
  },
}

const install: CommandSpec = {
  name: 'mcp install',
  group: 'inside',
  summary: 'show what a client needs to use `ptrack mcp`, or write it into its file',
  define: (command) => {
    command
      .option('--client <client>', 'claude | codex | cursor | gemini | vscode (default: claude)', choice('--client', CLIENTS))
      .option('--write', "write it into the project's file, beside what is there")
      .addHelpText('after', '\nExamples:\n  ptrack mcp install\n  ptrack mcp install --client cursor --write')
    return async (context, _args, options) =>
      (await import('./mcp-install/install.ts')).install(
        context,
        options as { client?: (typeof CLIENTS)[number]; write?: boolean },
      )
  },
}

export const mcp: readonly CommandSpec[] = [server, install]
