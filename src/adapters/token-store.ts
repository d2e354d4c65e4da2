/** tokens.json (0600): names and hashes. Values are random, so a fast hash is enough. token-secret keys the tokens of runs. */
import { createHash, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import { closeSync, fsyncSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import type { DaemonLog } from '../core/world.ts'
import type { TokenRecord, TokenStore } from '../core/world-tokens.ts'
import { PtrackError } from '../protocol/errors.ts'
import { parseJson } from '../protocol/json.ts'
import { ROLES } from '../protocol/names.ts'
import { readPlain } from '../protocol/plain-file.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from './errno.ts'
import { openFileSync, readText } from './regular-file.ts'
import { removeIfThere, replaceFile } from './state/atomic-file.ts'
import { type FileSystem, realFileSystem } from './state/file-system.ts'

const VERSION = 1
const FILE = 'tokens.json'
const SECRET_FILE = 'token-secret'
const BYTES = 32

const Document = z.strictObject({
  version: z.literal(VERSION),
  tokens: z.array(
    z.strictObject({
      name: z.string().min(1).max(64),
      role: z.enum(ROLES),
      owner: z.string().min(1).max(64),
      hash: z.string().regex(/^[0-9a-f]{64}$/),
      createdAtMs: z.number().int(),
      createdBy: z.string(),
      expiresAtMs: z.number().int().nullable(),
    }),
  ),
})

export function createTokenStore(options: { dir: string; log: DaemonLog; fs?: FileSystem }): TokenStore {
  const { dir, log, fs = realFileSystem } = options
  const file = join(dir, FILE)
  const secretHex = runSecret(dir, log).toString('hex')
  /** Why the present file must not be overwritten. */
  let blocked: string | null = null
  let turn: Promise<void> = Promise.resolve()

  async function write(tokens: readonly TokenRecord[]): Promise<void> {
    if (blocked !== null) throw new PtrackError('FAILED', `cannot save tokens: ${blocked}`, { hint: 'see `ptrack daemon logs`' })
    try {
      await replaceFile(fs, file, [Buffer.from(`${JSON.stringify({ version: VERSION, tokens }, null, 2)}\n`)])
    } catch (cause) {
      if (!isErrno(cause)) throw cause
      const hint = errnoHint(cause, dir)
      throw new PtrackError('STATE_WRITE_FAILED', `cannot save tokens: ${errnoWords(cause)}`, { hint, cause })
    }
  }

  return {
    async load() {
      // Left by a daemon that died while writing; it holds no more than the file does.
      await removeIfThere(fs, join(dir, `.${FILE}.tmp`)).catch(() => undefined)
      let text: string
      try {
        text = await readText(file)
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return { tokens: [], notes: [] }
        if (!isErrno(error)) throw error
        blocked = `${file} cannot be read (${errnoWords(error)}), and is not replaced unread`
        return noTokens(`no token is accepted: ${blocked}; restart the daemon when that is mended`)
      }
      const parsed = parse(text)
      if (parsed === 'newer') {
        blocked = `${file} was written by a newer version of ptrack`
        return noTokens(`no token is accepted: ${blocked}; install that version`)
      }
      if (parsed !== null) return { tokens: parsed, notes: [] }
      const kept = `${file}.corrupt-${new Date().toISOString().replace(/[:.]/g, '-')}`
      try {
        renameSync(file, kept)
      } catch (error) {
        if (!isErrno(error)) throw error
        blocked = `${file} is damaged and cannot be set aside (${errnoWords(error)})`
        return noTokens(`no token is accepted: ${blocked}`)
      }
      return noTokens(`${file} was damaged; it is kept as ${kept}, no token is accepted, and new ones have to be created`)
    },
    save: (tokens) => {
      const copy = [...tokens]
      // One writer at a time; the one before reported its failure to its own caller.
      turn = turn.catch(() => undefined).then(() => write(copy))
      return turn
    },
    newValue: () => `ptk_${randomBytes(BYTES).toString('base64url')}`,
    hashOf: (value) => createHash('sha256').update(value).digest('hex'),
    same: (hash, other) => {
      const [a, b] = [Buffer.from(hash), Buffer.from(other)]
      return a.length === b.length && timingSafeEqual(a, b)
    },
    ofRun: (id, run) =>
      // For SHA-3 (not SHA-2) a key in front of the text makes a MAC, at a tenth of the cost of an HMAC object per start.
      `ptr_${id}.${hash('sha3-256', `${secretHex}${JSON.stringify([id, run.number, run.id])}`, 'base64url')}`,
  }

  function noTokens(note: string): { tokens: TokenRecord[]; notes: string[] } {
    log.error('tokens', note)
    return { tokens: [], notes: [note] }
  }
}

/** null: damaged. Two tokens of one name or value are invalid too. */
function parse(text: string): TokenRecord[] | 'newer' | null {
  const value = parseJson(text)
  const version = typeof value === 'object' && value !== null && 'version' in value ? value.version : null
  if (typeof version === 'number' && version > VERSION) return 'newer'
  const result = Document.safeParse(value)
  if (!result.success) return null
  const { tokens } = result.data
  const distinct = (of: (token: TokenRecord) => string): boolean => new Set(tokens.map(of)).size === tokens.length
  return distinct(({ name }) => name) && distinct(({ hash }) => hash) ? tokens : null
}

/** Made once per home. If the disk refuses it, it lasts for this daemon: the next one cannot verify tokens of its runs. */
function runSecret(dir: string, log: DaemonLog): Buffer {
  const file = join(dir, SECRET_FILE)
  try {
    const bytes = Buffer.from(readPlain(file).trim(), 'hex')
    if (bytes.length === BYTES) return bytes
    log.warn('tokens', `${file} was damaged and is made anew: programs that run already cannot report with their token any more`)
  } catch (error) {
    if (!isErrno(error)) throw error
    if (!hasCode(error, 'ENOENT')) log.warn('tokens', `cannot read ${file}: ${errnoWords(error)}`)
  }
  const secret = randomBytes(BYTES)
  const temporary = join(dir, `.${SECRET_FILE}.tmp`)
  try {
    const fd = openFileSync(temporary, 'w')
    try {
      writeSync(fd, `${secret.toString('hex')}\n`)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
    renameSync(temporary, file)
  } catch (error) {
    if (!isErrno(error)) throw error
    log.warn('tokens', `cannot keep ${file}: ${errnoWords(error)}; tokens of runs hold until this daemon ends`)
  }
  return secret
}
