/** The log files of a pm2 app, once its directory and instances are known. */
import { resolve } from 'node:path'
import { NOWHERE } from '../../protocol/log-files.ts'
import type { FieldNote } from '../file-process.ts'
import { logTo, noteOn, perInstance } from './log-files.ts'
import type { Pm2App } from './pm2-values.ts'
import type { ImportWorld } from './world.ts'

export const OUT = ['out_file', 'out', 'output', 'out_log'] as const
export const ERR = ['error_file', 'error', 'err', 'err_file', 'err_log'] as const
export const BOTH = ['log_file', 'log'] as const

export function placeLogs({ logs, cwd, process }: Pm2App, world: ImportWorld, notes: readonly FieldNote[]): void {
  const note = noteOn(notes, process.definition.name)
  if (logs.disabled) {
    Object.assign(process.definition, { outFile: NOWHERE, errFile: NOWHERE })
    note([...OUT, ...ERR, ...BOTH], { verdict: 'ignored', became: null, why: 'disable_logs drops the output' })
    return
  }
  // pm2 adds an id of its own to the name, unless the file says that all write to one.
  const isApart = process.instances > 1 && !logs.merged
  const place = (fields: readonly ('outFile' | 'errFile')[], file: string, names: readonly string[]): void => {
    const at = file === 'NULL' ? NOWHERE : resolve(cwd, file)
    const own = isApart && at !== NOWHERE ? perInstance(at) : at
    const numbered = own === at ? {} : { verdict: 'changed' as const, why: 'pm2 counts by its own ids' }
    note(names, { became: `${fields.join(', ')}: ${own}`, ...numbered, ...logTo(process, fields, own, world) })
  }
  if (logs.out !== null) place(['outFile'], logs.out, OUT)
  if (logs.err !== null) place(['errFile'], logs.err, ERR)
  if (logs.both === null) return
  if (logs.out === null && logs.err === null) place(['outFile', 'errFile'], logs.both, BOTH)
  else note(BOTH, { verdict: 'ignored', became: null, why: 'each line is written once: to out_file and error_file' })
}
