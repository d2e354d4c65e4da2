/** Terminals that programs have of their own (`tty`): looking at one, typing at it, and how large it is. */
import { z } from 'zod'
import { Definition } from './definition.ts'
import { limits } from './limits.ts'
import { Target } from './request-parts.ts'
import type { ProcessView } from './view.ts'

const characters = z.number().int().min(1).max(10_000)
export const TerminalSize = z.strictObject({ rows: characters, columns: characters })
export type TerminalSize = z.infer<typeof TerminalSize>

export const terminalRequests = {
  /** Where to begin to read what it shows: by `logs.bytes` of stdout. */
  attach: z.strictObject({ target: Target }),
  send: z.strictObject({
    target: Target,
    text: z.string().max(limits.sendChars),
    /** `base64` for bytes that are no text. */
    encoding: z.enum(['utf8', 'base64']).default('utf8'),
  }),
  /** A command in the environment, directory and limits of a process; it ends when its caller goes, and is then forgotten. */
  exec: z.strictObject({
    target: Target,
    command: Definition.shape.command,
    tty: z.boolean().default(false),
    terminal: TerminalSize.optional(),
    /** Pid of the caller, where it is on the same machine; without it the connection counts. */
    caller: z.number().int().min(1).optional(),
    /** The caller hands its stdin on (input-files.ts); else, without `tty`, it is /dev/null. */
    input: z.boolean().default(false),
  }),
  /** The program gets SIGWINCH, if that is another size than before. */
  resize: z.strictObject({ target: Target, rows: characters, columns: characters }),
} as const

export interface Attachment {
  id: string
  name: string
  run: number
  /** The logical offset of its stdout where its log ends now. */
  from: number
  /** As it was set last; null = not since this daemon began. */
  size: TerminalSize | null
}

export interface Sent {
  /** Bytes that were taken; fewer than sent while the program does not read. Send the rest again, later. */
  written: number
}

export interface Resized {
  /** False: it has ended, or is only just starting; its next run has this size. */
  resized: boolean
}

export interface TerminalReplies {
  attach: Attachment
  exec: ProcessView
  send: Sent
  resize: Resized
}
