/** The address of a daemon on another machine. */
import { PtrackError } from '../../protocol/errors.ts'

/** `http://host:port`, without anything after it. Throws USAGE; `what` names where the text came from. */
export function originOf(text: string, what = 'the address'): string {
  if (!URL.canParse(text))
    throw new PtrackError('USAGE', `cannot use ${what} ${JSON.stringify(text)}: it is no URL`, {
      hint: 'such as http://127.0.0.1:7077',
    })
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new PtrackError('USAGE', `cannot use ${what} ${text}: it is neither http: nor https:`)
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '' || url.pathname !== '/')
    throw new PtrackError('USAGE', `cannot use ${what} ${text}: only scheme, host and port belong to it`, {
      hint: 'give the token by --token-stdin or PTRACK_TOKEN',
    })
  return url.origin
}

/** Whether traffic can be read on the way: plain HTTP beyond this machine. */
export function isExposed(origin: string): boolean {
  const { protocol, hostname } = new URL(origin)
  return protocol === 'http:' && !/^(localhost|127(\.\d+){3}|\[::1\]|.*\.localhost)$/.test(hostname)
}
