/** HOME/fleet.json (0600): in which fleet this home is, and as which node. */
import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import type { Membership } from '../../core/fleet/messages.ts'
import { PtrackError } from '../../protocol/errors.ts'
import { NODE_NAME, NODE_TAG, wrongBusAddress } from '../../protocol/fleet.ts'
import { parseJson } from '../../protocol/json.ts'
import { ROLES } from '../../protocol/names.ts'
import { errnoHint, errnoWords, hasCode, isErrno } from '../errno.ts'
import { readText } from '../regular-file.ts'
import { removeIfThere, replaceFile } from '../state/atomic-file.ts'
import { type FileSystem, realFileSystem } from '../state/file-system.ts'
import { outboxDir } from './events/outbox-files.ts'
import { removeFleetDir } from './own/files.ts'

const VERSION = 1
const FILE = 'fleet.json'

const Document = z.strictObject({
  version: z.literal(VERSION),
  node: z.string().regex(NODE_NAME),
  id: z.string().min(1).max(64),
  servers: z
    .array(z.string().refine((text) => wrongBusAddress(text) === null))
    .min(1)
    .max(16),
  credentials: z.string().nullable(),
  trustBus: z.boolean(),
  joinedAtMs: z.number(),
  tags: z.array(z.string().regex(NODE_TAG)).default([]),
  own: z
    .strictObject({ role: z.enum(ROLES), founder: z.string().regex(NODE_NAME) })
    .nullable()
    .default(null),
  kicked: z.strictObject({ by: z.string(), atMs: z.number() }).nullable().default(null),
})

export function createMembershipStore({ dir, fs = realFileSystem }: { dir: string; fs?: FileSystem }) {
  const file = join(dir, FILE)
  const cannotWrite = (cause: unknown): never => {
    if (!isErrno(cause)) throw cause
    throw new PtrackError('STATE_WRITE_FAILED', `cannot write ${file}: ${errnoWords(cause)}`, {
      hint: errnoHint(cause, dir),
      cause,
    })
  }
  return {
    isMember: (): boolean => existsSync(file),
    async load(): Promise<Membership | null> {
      let text: string
      try {
        text = await readText(file)
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return null
        if (!isErrno(error)) throw error
        throw unreadable(file, errnoWords(error), error)
      }
      const found = Document.safeParse(parseJson(text))
      if (!found.success) throw unreadable(file, 'it is damaged, or of a newer version', found.error)
      const { version: _, ...membership } = found.data
      return membership
    },
    save: (membership: Membership): Promise<void> =>
      replaceFile(fs, file, [Buffer.from(`${JSON.stringify({ version: VERSION, ...membership }, null, 2)}\n`)]).catch(
        cannotWrite,
      ),
    forget: async (): Promise<void> => {
      await removeIfThere(fs, file).catch(cannotWrite)
      await removeFleetDir(dir).catch(cannotWrite)
      await rm(outboxDir(dir), { recursive: true, force: true }).catch(cannotWrite)
    },
  }
}

const unreadable = (file: string, why: string, cause: unknown): PtrackError =>
  new PtrackError('BAD_FILE', `cannot read ${file}: ${why}`, {
    hint: '`ptrack fleet leave` removes it, `ptrack fleet join` makes it anew',
    cause,
  })
