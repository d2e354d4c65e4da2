/** The web page: public static files, and the login that sets the cookie. Secrets come only in the body of the page's POST. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { PtrackError, toErrorBody } from '../../protocol/errors.ts'
import { parseJson } from '../../protocol/json.ts'
import type { WebLogins } from '../../supervisor/web-logins.ts'
import { type Access, cookieName, isRefusal, type Peer } from '../access.ts'
import { HEADERS, PROBLEM_TYPE, problem, problemWith } from './problem.ts'
import type { Problem } from './replies.ts'

export interface PageOptions {
  /** The build of src/web: index.html and assets/; as .gz alone where that is worthwhile, index.html as both. */
  dir: string
  logins: WebLogins
}

const BODY_BYTES = 4096

const POLICY = {
  ...HEADERS,
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
}

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json',
}

/** Names made by the build; no `..`, and no second part. */
const ASSET = /^\/assets\/([A-Za-z0-9_-][A-Za-z0-9_.-]*)$/

/** The file for this address; null for an address of the API. */
function fileAt(path: string): string | null {
  if (path === '/') return 'index.html'
  if (path === '/favicon.svg') return 'favicon.svg'
  const name = ASSET.exec(path)?.[1]
  return name === undefined || TYPES[extname(name)] === undefined ? null : join('assets', name)
}

const LOGIN = '/api/login'
const LOGOUT = '/api/logout'

/** Whether a request is for the page and its login, which need no cookie yet. */
export const isOfPage = ({ method, url = '/' }: Pick<IncomingMessage, 'method' | 'url'>): boolean => {
  const path = url.split('?', 1)[0]!
  return method === 'POST' ? path === LOGIN || path === LOGOUT : (method === 'GET' || method === 'HEAD') && fileAt(path) !== null
}

/** Answers a request that `isOfPage` and that `Access.visit` let in. Returns the peer, where known. */
export async function servePage(
  { dir, logins }: PageOptions,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Peer | null> {
  const path = (request.url ?? '/').split('?', 1)[0]!
  if (path !== LOGIN && path !== LOGOUT) {
    await serveFile(dir, fileAt(path)!, request, response)
    return null
  }
  // A browser sends Origin with a POST; without it the request is not from our page.
  if (request.headers.origin === undefined) return reply(response, problemWith(403, 'a login is taken with an Origin only'))
  if (path === LOGOUT) {
    const peer = await access.admit(request)
    if (!isRefusal(peer)) await logins.leave(peer)
    response.writeHead(204, { ...HEADERS, 'set-cookie': cookie(request, '', 0) }).end()
    return isRefusal(peer) ? null : peer
  }
  return login(logins, access, request, response)
}

async function login(
  logins: WebLogins,
  access: Access,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Peer | null> {
  const shown = await readLogin(request)
  if (shown === null)
    return reply(response, problemWith(400, 'cannot log in: send {"code":"..."} or {"token":"..."} as application/json'))
  const session = 'code' in shown ? await redeem(logins, shown.code) : null
  if (session !== null && 'status' in session) return reply(response, session)
  const value = session?.value ?? ('token' in shown ? shown.token : '')
  // An unknown code is treated as a bad token: answered a second later, and audited.
  const peer = session?.peer ?? (await access.bearer(value))
  if (isRefusal(peer)) {
    const what = 'code' in shown ? 'this code was used, or is older than a minute' : 'the token is wrong, revoked or expired'
    return reply(response, problemWith(401, `cannot log in: ${what}`, '`ptrack web` makes a new one'))
  }
  if (peer.process !== null) return reply(response, problemWith(403, 'cannot log in with the token of a run'))
  const life = peer.expiresAtMs === null ? null : Math.max(0, Math.floor((peer.expiresAtMs - Date.now()) / 1000))
  response.writeHead(200, {
    ...HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'set-cookie': cookie(request, value, life),
  })
  response.end(`${JSON.stringify({ user: peer.user, role: peer.role })}\n`)
  return peer
}

async function redeem(logins: WebLogins, code: string): Promise<Awaited<ReturnType<WebLogins['redeem']>> | Problem> {
  try {
    return await logins.redeem(code)
  } catch (error) {
    if (error instanceof PtrackError) return problem(toErrorBody(error))
    throw error
  }
}

async function readLogin(request: IncomingMessage): Promise<{ code: string } | { token: string } | null> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) return null
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > BODY_BYTES) return null
    chunks.push(chunk)
  }
  const value = parseJson(Buffer.concat(chunks).toString('utf8'))
  if (typeof value !== 'object' || value === null || Object.keys(value).length !== 1) return null
  const { code, token } = value as { code?: unknown; token?: unknown }
  if (typeof code === 'string') return { code }
  return typeof token === 'string' && /^\S{1,256}$/.test(token) ? { token } : null
}

/** `life` in seconds; null = until the browser ends. */
const cookie = ({ headers }: IncomingMessage, value: string, life: number | null): string =>
  `${cookieName(headers.host)}=${value}; Path=/; HttpOnly; SameSite=Strict${life === null ? '' : `; Max-Age=${life}`}`

function reply(response: ServerResponse, answer: Problem): null {
  response.writeHead(answer.status, { ...HEADERS, 'content-type': PROBLEM_TYPE, connection: 'close' })
  response.end(`${JSON.stringify(answer)}\n`)
  response.socket?.resume()
  return null
}

async function serveFile(dir: string, name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const takesGzip = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''))
  const packed = takesGzip ? await contentOf(join(dir, `${name}.gz`)) : null
  const content = packed ?? (await contentOf(join(dir, name))) ?? (await unpacked(join(dir, `${name}.gz`)))
  if (content === null) {
    reply(response, problemWith(404, 'there is nothing at this address', 'reload the page: the daemon has another version now'))
    return
  }
  response.writeHead(200, {
    ...POLICY,
    'content-type': TYPES[extname(name)]!,
    'content-length': content.length,
    vary: 'accept-encoding',
    // Names of assets change with their content.
    'cache-control': name.startsWith('assets') ? 'private, max-age=31536000, immutable' : 'no-cache',
    ...(packed === null ? {} : { 'content-encoding': 'gzip' }),
  })
  response.end(request.method === 'HEAD' ? undefined : content)
}

const unpack = promisify(gunzip)

/** Every browser takes gzip: an asset is there packed alone. */
async function unpacked(file: string): Promise<Buffer | null> {
  const packed = await contentOf(file)
  return packed && unpack(packed)
}

async function contentOf(file: string): Promise<Buffer | null> {
  try {
    return await readFile(file)
  } catch (error) {
    if (['ENOENT', 'EISDIR', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return null
    throw error
  }
}
