/** `--no-log-files`: programs have stdout and stderr of `ptrack runtime` themselves, and nothing of their output is on the disk. */
import { closeSync, constants, openSync } from 'node:fs'
import type { DefinitionInput } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { STANDARD } from '../../../protocol/log-files.ts'
import type { RuntimeOptions } from './options.ts'

/** What stands between a program and its reader elsewhere, and what is written to as it is. Before anything is started. */
export function refuseBetween({ logFormat, logMax, logKeep }: RuntimeOptions): void {
  const no = (what: string, why: string, hint: string): PtrackError =>
    new PtrackError('USAGE', `cannot ${what} without log files: ${why}`, { hint })
  if (logFormat !== undefined && logFormat !== 'plain')
    throw no(`use --log-format ${logFormat}`, 'programs write to stdout and stderr themselves', 'leave out one of the two')
  if (logMax !== undefined || logKeep !== undefined)
    throw no('use --log-max and --log-keep', 'there is nothing to rotate', 'leave them out')
  for (const [fd, name] of [
    [1, 'stdout'],
    [2, 'stderr'],
  ] as const)
    try {
      closeSync(openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_APPEND | constants.O_NOCTTY))
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === undefined) throw cause
      const why = code === 'ENXIO' ? `${name} is a socket, which programs cannot open` : `programs cannot open ${name} (${code})`
      throw new PtrackError('USAGE', `cannot run without log files: ${why}`, { hint: 'leave out --no-log-files', cause })
    }
}

/** A file that the definition names stays one. */
export function withoutLogs(definition: DefinitionInput): DefinitionInput {
  if (definition.health?.kind === 'log')
    throw new PtrackError('USAGE', `cannot check ${definition.name} without log files: its health is what it prints`, {
      hint: 'check it by HTTP, a port or a command, or leave out --no-log-files',
    })
  return { ...definition, outFile: definition.outFile ?? STANDARD.out, errFile: definition.errFile ?? STANDARD.err }
}
