/** Contexts are stored beside the preferences, in the same private file. */
import { PtrackError } from '../../../protocol/errors.ts'
import { type Context, LOCAL } from '../../context.ts'
import { isExposed, originOf } from '../../input/address.ts'
import { storedContexts } from '../../preferences.ts'
import { openPreferences } from '../config/config.ts'

export interface ContextChange {
  url: string | undefined
  token: string | undefined
  tokenStdin: boolean
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/

export async function useContext(context: Context, name: string, change: ContextChange): Promise<number> {
  const store = openPreferences(context)
  const known = storedContexts(store.get('contexts'))
  const changes = change.url !== undefined || change.token !== undefined || change.tokenStdin
  if (name === LOCAL && changes)
    throw new PtrackError('USAGE', `cannot change the context ${LOCAL}: it is the daemon of this machine, by its socket`)
  if (name !== LOCAL && !changes && !Object.hasOwn(known, name))
    throw new PtrackError('NOT_FOUND', `cannot use the context ${name}: there is none of that name`, {
      hint: `\`ptrack context use ${name} --url http://HOST:PORT --token-stdin\` makes it`,
    })
  if (changes) {
    if (!NAME.test(name))
      throw new PtrackError('USAGE', `cannot use the context ${JSON.stringify(name)}: letters, digits, - and _ make a name`)
    const before = Object.hasOwn(known, name) ? known[name] : undefined
    const url = change.url === undefined ? before?.url : originOf(change.url)
    if (url === undefined)
      throw new PtrackError('USAGE', `cannot use the context ${name}: --url is missing`, {
        hint: 'such as --url http://127.0.0.1:7077',
      })
    const token = change.tokenStdin ? await firstLine(context) : (change.token ?? before?.token ?? null)
    store.set('contexts', { ...known, [name]: { url, token } })
    if (token !== null && isExposed(url))
      context.note(
        `the token goes to ${url} unencrypted, for anybody on the way to read; better \`ssh -NL 7077:127.0.0.1:7077 HOST\` and http://127.0.0.1:7077, or https:`,
      )
  }
  if (name === LOCAL) store.delete('context')
  else store.set('context', name)
  const url = name === LOCAL ? null : storedContexts(store.get('contexts'))[name]!.url
  if (context.json) context.printJson({ context: name, url })
  else context.print(`commands talk to ${name}${url === null ? ', the daemon of this machine' : ` (${url})`} from now on`)
  return 0
}

export function listContexts(context: Context): number {
  const { preferences, io } = context
  const used = io.env.PTRACK_URL ? null : io.env.PTRACK_HOME ? LOCAL : (preferences.context ?? LOCAL)
  const all = [
    { name: LOCAL, url: null, token: false },
    ...Object.entries(preferences.contexts).map(([name, { url, token }]) => ({ name, url, token: token !== null })),
  ].map((each) => ({ ...each, used: each.name === used }))
  if (context.json) {
    context.printJson(all)
    return 0
  }
  for (const { name, url, token, used: isUsed } of all)
    context.print(
      `${isUsed ? '*' : ' '} ${name.padEnd(16)} ${url ?? 'the daemon of this machine'}${url !== null && !token ? ' (no token)' : ''}`,
    )
  if (io.env.PTRACK_URL) context.note(`PTRACK_URL is set: commands talk to ${io.env.PTRACK_URL}`)
  else if (preferences.context !== undefined && io.env.PTRACK_HOME)
    context.note(`PTRACK_HOME is set, so the context ${preferences.context} is not used`)
  return 0
}

export function removeContext(context: Context, name: string): number {
  const store = openPreferences(context)
  const known = storedContexts(store.get('contexts'))
  if (!Object.hasOwn(known, name))
    throw new PtrackError('NOT_FOUND', `cannot remove the context ${name}: there is none of that name`, {
      hint: '`ptrack context ls` shows them',
    })
  const { [name]: _, ...others } = known
  store.set('contexts', others)
  const wasUsed = store.get('context') === name
  if (wasUsed) store.delete('context')
  if (context.json) context.printJson({ removed: name })
  else context.print(`context ${name} removed${wasUsed ? '; commands talk to the daemon of this machine again' : ''}`)
  return 0
}

async function firstLine(context: Context): Promise<string> {
  for await (const line of context.io.inputLines()) {
    const token = line.trim()
    if (token !== '') return token
  }
  throw new PtrackError('USAGE', 'cannot read the token: stdin is empty')
}
