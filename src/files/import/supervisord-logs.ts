/** The log files of a supervisord program, once both fields are read. */
import { resolve } from 'node:path'
import type { FieldNote } from '../file-process.ts'
import { logTo } from './log-files.ts'
import type { Program } from './supervisord-fields.ts'
import type { ImportWorld } from './world.ts'

export const LOG_FILES = ['stdout_logfile', 'stderr_logfile']

/** `notes` of this program. Relative to where supervisord runs, which is where import is called. */
export function placeLogs(
  { logs, process }: Program,
  world: ImportWorld,
  notes: readonly FieldNote[],
  firstNumber: number,
): void {
  const note = (field: string, change: Partial<FieldNote>): void => {
    const found = notes.find((one) => one.field === field)
    if (found) Object.assign(found, change)
  }
  const place = (field: 'outFile' | 'errFile', written: string, name: string): void => {
    const file = resolve(world.cwd, written)
    const counted = file.includes('{instance}') && firstNumber !== 0
    const why = counted ? { verdict: 'changed' as const, why: 'instances are counted from 0' } : {}
    note(name, { became: `${field}: ${file}`, ...why, ...logTo(process, [field], file, world) })
  }
  if (logs.out !== null) place('outFile', logs.out, 'stdout_logfile')
  if (!logs.merged) {
    if (logs.err !== null) place('errFile', logs.err, 'stderr_logfile')
    return
  }
  note('stderr_logfile', { verdict: 'ignored', became: null, why: 'redirect_stderr sends it to the file of stdout' })
  const { outFile } = process.definition
  if (outFile) process.definition.errFile = outFile
  else note('redirect_stderr', { verdict: 'changed', became: null, why: 'kept apart, and `ptrack logs` shows both in one' })
}
