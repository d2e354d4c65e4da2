/** References instead of the values of variables: a file that can be shown, and read where they are set. */
import type { FileProcess } from './file-process.ts'

/** No value of a variable holds a NUL, so a leading one marks a reference. */
const REFERENCE = '\0'

/** null = a literal value. */
export const referredTo = (value: string): string | null => (value.startsWith(REFERENCE) ? value.slice(REFERENCE.length) : null)

/** Only letters, digits and _ are allowed in `${NAME}`. */
const nameIn = (name: string): string => name.replace(/\W/g, '_').replace(/^\d/, '_$&')

/** Each value becomes a reference to the variable of its name; those of instances to NAME_0, NAME_1, ... */
export function referring(process: FileProcess): FileProcess {
  const refer = (env: Record<string, string>, end = ''): Record<string, string> =>
    Object.fromEntries(Object.keys(env).map((name) => [name, `${REFERENCE}${nameIn(name)}${end}`]))
  return {
    ...process,
    env: refer(process.env),
    instanceEnv: process.instanceEnv.map((own, index) => refer(own, `_${index}`)),
  }
}
