/** The error for a name without a process. */
import { PtrackError } from './errors.ts'
import { isPattern } from './patterns.ts'

export const notFound = (target: string): PtrackError =>
  new PtrackError(
    'NOT_FOUND',
    isPattern(target)
      ? `cannot find '${target}': nothing matches it`
      : `cannot find '${target}': no process has this name, id, number or pid`,
    {
      hint: '`ptrack ls --all` shows what there is',
      details: { target },
    },
  )
