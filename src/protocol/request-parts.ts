/** Schemas shared by several requests. */
import { z } from 'zod'
import { limits } from './limits.ts'

/** A name (of instances: all of them), id, number, pid, glob, `tag:T`, `session:S` or `all`. */
export const Target = z.string().min(1).max(256)
export const Targets = z.array(Target).min(1).max(10_000)
/** Of a user or a program; no control or formatting characters, as it appears in tables, logs and header fields. */
export const OwnerName = z
  .string()
  .min(1)
  .max(64)
  .refine((name) => !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u.test(name), 'a name has no control characters')
export const WaitMs = z.number().int().min(0).max(limits.waitMs)
/** false = answer when it has taken effect; true = answer when it is accepted. */
export const noWait = z.boolean().default(false)
