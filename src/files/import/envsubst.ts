/** `${NAME}` and `${NAME:-default}` in process-compose files; `$NAME` is left to the shell, `$$` is a dollar sign. */
import { PtrackError } from '../../protocol/errors.ts'

const DOLLAR = /\$\$|\$\{(\w+)(?::-([^{}]*))?\}|\$\{[^}]*\}?/g

/** Throws BAD_FILE for drone/envsubst's other forms: left in place they would start the wrong thing. */
export const expandVariables = (text: string, env: Readonly<Record<string, string>>, file = 'the file'): string =>
  text.replace(DOLLAR, (whole, name?: string, otherwise = '') => {
    if (whole === '$$') return '$'
    if (name === undefined)
      throw new PtrackError('BAD_FILE', `cannot import ${file}: ${whole} is neither \${NAME} nor \${NAME:-default}`, {
        hint: 'write the value out, or $$ for a dollar sign that the shell is to see',
      })
    return env[name] || otherwise
  })
