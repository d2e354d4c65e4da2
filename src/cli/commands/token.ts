/** token: access for others, with its rights. */
import { ROLES, type Role } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice, duration } from '../input/parse.ts'

const tokenCreate: CommandSpec = {
  name: 'token create',
  group: 'daemon',
  summary: 'create a token for another program or person, and show it once',
  define: (command) => {
    command
      .argument('<name>')
      .option(
        '--role <role>',
        'admin: everything; operator: acts on its own processes; viewer: reads them',
        choice('--role', ROLES),
      )
      .option('--owner <user>', 'owner of the processes that the token acts for (default: you)')
      .option('--expires <time>', 'end the token after this time (default: when it is revoked)', duration('--expires'))
      .addHelpText(
        'after',
        `
The role is viewer by default.

Whoever may start a process runs commands as the user of the daemon. An operator's token keeps programs and people from
acting on each other's processes by mistake; it does not protect this user from them. Give it only to whom you would give
a shell.

Examples:
  ptrack token create dashboard
  ptrack token create ci --role operator --owner ci --expires 30d`,
      )
    return async (context, [name], options) =>
      (await import('./token/token.ts')).createToken(context, {
        name: name!,
        role: options.role as Role | undefined,
        owner: options.owner as string | undefined,
        expiresMs: options.expires as number | undefined,
      })
  },
}

const tokenList: CommandSpec = {
  name: 'token',
  aliases: ['token ls'],
  group: 'daemon',
  summary: 'list tokens (their values are not stored)',
  define: () => async (context) => (await import('./token/token.ts')).tokens(context),
}

const tokenRevoke: CommandSpec = {
  name: 'token revoke',
  group: 'daemon',
  summary: 'revoke a token immediately, for open connections too',
  define: (command) => {
    command.argument('<name>')
    return async (context, [name]) => {
      const reply = await context.request('token.revoke', { name: name! })
      if (context.json) context.printJson(reply)
      else context.print(`token ${name} revoked`)
      return 0
    }
  },
}

export const token: readonly CommandSpec[] = [tokenList, tokenCreate, tokenRevoke]
