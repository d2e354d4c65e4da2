/** context use|ls|rm: the daemon that commands talk to. */
import type { CommandSpec } from '../command.ts'

const use: CommandSpec = {
  name: 'context use',
  group: 'settings',
  operands: 'contexts',
  ignoresContext: true,
  summary: 'use this daemon from now on; with --url create or change the context',
  define: (command) => {
    command
      .argument('<name>', 'local: the daemon of this machine')
      .option('--url <url>', 'address of the daemon, such as http://127.0.0.1:7077')
      .option('--token <token>', 'token of the daemon (other users can see it in the list of processes)')
      .option('--token-stdin', 'read the token from stdin')
      .addHelpText(
        'after',
        '\nExample:\n  ssh -NL 7077:127.0.0.1:7077 host &\n  ptrack context use host --url http://127.0.0.1:7077 --token-stdin < token',
      )
    return async (context, [name], options) =>
      (await import('./context/context.ts')).useContext(context, name!, {
        url: options.url as string | undefined,
        token: options.token as string | undefined,
        tokenStdin: options.tokenStdin === true,
      })
  },
}

const list: CommandSpec = {
  name: 'context ls',
  aliases: ['context'],
  group: 'settings',
  ignoresContext: true,
  summary: 'list contexts, and show the one in use',
  define: () => async (context) => (await import('./context/context.ts')).listContexts(context),
}

const remove: CommandSpec = {
  name: 'context rm',
  group: 'settings',
  operands: 'contexts',
  ignoresContext: true,
  summary: 'remove a context and its token',
  define: (command) => {
    command.argument('<name>')
    return async (context, [name]) => (await import('./context/context.ts')).removeContext(context, name!)
  },
}

export const contexts: readonly CommandSpec[] = [use, list, remove]
