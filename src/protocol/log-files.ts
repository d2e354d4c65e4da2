/** Log files that a definition names. */
import type { Definition } from './definition.ts'

/** As a log file: the output is dropped. */
export const NOWHERE = '/dev/null'

/** As log files below `ptrack runtime`: its own stdout and stderr, which the program then writes to itself. */
export const STANDARD = { out: '/dev/stdout', err: '/dev/stderr' } as const

/** Nothing of it can be read back. */
export const isUnkept = (file: string): boolean => file === NOWHERE || isStandard(file)
export const isStandard = (file: string): boolean => file === STANDARD.out || file === STANDARD.err

export const keptFile = (file: string | null): string | null => (file === null || isUnkept(file) ? null : file)

type Logged = Pick<Definition, 'outFile' | 'errFile' | 'instance'>

/** Of this instance: `{instance}` is its index, 0 without instances. Null = in the home. */
export function logFilesOf({ outFile, errFile, instance }: Logged): Pick<Definition, 'outFile' | 'errFile'> {
  const of = (file: string | null): string | null => file?.replaceAll('{instance}', String(instance?.index ?? 0)) ?? null
  return { outFile: of(outFile), errFile: of(errFile) }
}
