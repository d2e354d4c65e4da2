import { z } from 'zod'
import { PtrackError } from '../../protocol/errors.ts'

/** Where each stream goes on, and where (exclusive) it ends if it was asked for up to there. */
const Position = z.tuple([z.number().int().min(0), z.number().int().min(0).nullable()])

const Cursor = z.object({
  v: z.literal(1),
  grep: z.string().optional(),
  at: z.array(z.object({ name: z.string(), out: Position.optional(), err: Position.optional() })),
})
export type Cursor = z.output<typeof Cursor>

export const encodeCursor = (cursor: Cursor): string => Buffer.from(JSON.stringify(cursor), 'utf8').toString('base64url')

/** @throws PtrackError BAD_REQUEST when it is none of ours. */
export function decodeCursor(text: string): Cursor {
  try {
    const cursor = Cursor.parse(JSON.parse(Buffer.from(text, 'base64url').toString('utf8')))
    // A name becomes part of a path.
    if (cursor.at.some(({ name }) => name.includes('/') || name === '')) throw new SyntaxError('a name in it is none')
    return cursor
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof z.ZodError)) throw error
    throw new PtrackError('BAD_REQUEST', 'cannot read the logs: the cursor is damaged', {
      hint: 'read again without a cursor',
      cause: error,
    })
  }
}
