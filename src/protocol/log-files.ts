/** Log files that a definition names. */
import type { Definition } from './definition.ts'

/** As a log file: the output is dropped. */
export const NOWHERE = '/dev/null'

type Logged = Pick<Definition, 'outFile' | 'errFile' | 'instance'>

/** Of this instance: `{instance}` is its index, 0 without instances. Null = in the home. */
export function logFilesOf({ outFile, errFile, instance }: Logged): Pick<Definition, 'outFile' | 'errFile'> {
  const of = (file: string | null): string | null => file?.replaceAll('{instance}', String(instance?.index ?? 0)) ?? null
  return { outFile: of(outFile), errFile: of(errFile) }
}
