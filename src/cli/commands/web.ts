/** web: opens the page with a one-time code. */
import { ROLES, type Role } from '../../protocol/names.ts'
import type { CommandSpec } from '../command.ts'
import { choice } from '../input/parse.ts'

export const web: CommandSpec = {
  name: 'web',
  group: 'looking',
  summary: 'print a one-time sign-in URL for the web UI (valid for one minute)',
  define: (command) => {
    command
      .option('--open', 'open the URL in a browser')
      .option('--role <role>', 'role of the page: admin, operator or viewer (default: admin)', choice('--role', ROLES))
      .option('--owner <user>', 'owner of the processes that an operator or viewer sees (default: you)')
    return async (context, _args, options) => {
      const reply = await context.request('web.login', {
        role: options.role as Role | undefined,
        owner: options.owner as string | undefined,
      })
      const { host, port } = reply.http
      const here = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
      const base = context.remote?.url.replace(/\/$/, '') || `http://${here.includes(':') ? `[${here}]` : here}:${port}`
      const url = `${base}/#code=${reply.code}`
      if (context.json) context.printJson({ url, expiresAt: reply.expiresAt })
      else context.print(url)
      if (options.open === true) return (await import('./web/open-url.ts')).openUrl(context, url)
      if (!context.json) context.note('open it in a browser within a minute; it works once')
      return 0
    }
  },
}
