/** The end of a program as the exit code of a command that stands for it. */
import { constants } from 'node:os'
import type { ProcessView } from '../../protocol/view.ts'

export const codeOfRefusal = (reason: unknown): number => (reason === 'NOT_FOUND_COMMAND' || reason === 'ENOENT' ? 127 : 126)

/** As a shell: the program's code, 128+n for signal n, 127 not found, 126 cannot be started. */
export function shellCode(view: Pick<ProcessView, 'exitCode' | 'signal' | 'error' | 'pid' | 'status'>): number {
  if (view.exitCode !== null) return view.exitCode
  if (view.signal !== null) return 128 + ((constants.signals as Record<string, number>)[view.signal] ?? 0)
  if (view.error !== null && view.pid === null && (view.status === 'failed' || view.status === 'retrying'))
    return codeOfRefusal(view.error.code)
  return view.status === 'done' ? 0 : view.status === 'cancelled' ? 130 : 1
}
