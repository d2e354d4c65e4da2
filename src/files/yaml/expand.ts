/** `${VAR}` in values, as in docker compose: replaced in scalars after parsing, so that no value can become structure. */

export type Expanded = { text: string } | { problem: string; hint: string; at: number }

const FORM = /\$(?:\$|\{([^{}]*)\}|([A-Za-z_][A-Za-z0-9_]*)|)/g

/**
 * `${VAR}`, `$VAR`, `${VAR:-default}`, `${VAR-default}`, `${VAR:?message}`, `${VAR?message}`; `$$` is one dollar sign. With a
 * colon an empty variable counts as missing. An unset variable without a default is a problem, never an empty text.
 */
export function expand(text: string, env: Readonly<Record<string, string | undefined>>): Expanded {
  let problem: Expanded | null = null
  const replaced = text.replace(FORM, (whole: string, braced: string | undefined, bare: string | undefined, at: number) => {
    if (whole === '$$') return '$'
    if (problem !== null) return whole
    const fail = (message: string, hint: string): string => {
      problem = { problem: message, hint, at }
      return whole
    }
    const [, name, operator, word = '']: (string | undefined)[] =
      bare === undefined ? (/^([A-Za-z_][A-Za-z0-9_]*)(?:(:?[-?])(.*))?$/s.exec(braced ?? '') ?? []) : ['', bare]
    if (name === undefined)
      return whole === '$'
        ? fail('a single `$` stands before no name', 'write $$ for a dollar sign')
        : fail(`\`${whole}\` is no form of a variable`, 'write ${VAR}, ${VAR:-default} or ${VAR:?message}; $$ for a dollar sign')
    const value = env[name]
    const missing = value === undefined || (operator?.startsWith(':') === true && value === '')
    if (!missing) return value
    if (operator?.endsWith('-')) return word
    if (operator?.endsWith('?')) return fail(`${name} is not set: ${word || 'it is required'}`, `set ${name} in the environment`)
    return fail(`the variable ${name} is not set`, `set it, or write \${${name}:-default}; $$ for a dollar sign`)
  })
  return problem ?? { text: replaced }
}

/** The inverse: a text that `expand` restores. */
export const escapeDollars = (text: string): string => text.replaceAll('$', '$$$$')
