/** The level of a line, guessed: from JSON, from logfmt, or from one of the first words, in capitals or marked. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

const NAMES: Readonly<Record<string, LogLevel>> = {
  emerg: 'error',
  alert: 'error',
  crit: 'error',
  critical: 'error',
  fatal: 'error',
  panic: 'error',
  err: 'error',
  error: 'error',
  severe: 'error',
  warn: 'warn',
  warning: 'warn',
  notice: 'info',
  info: 'info',
  information: 'info',
  log: 'info',
  debug: 'debug',
  verbose: 'debug',
  trace: 'debug',
  silly: 'debug',
}

/** Far enough for a time stamp before it. */
const LOOKED_AT = 300
const COLOURS = /\u001b\[[\d;]*m/g
const IN_JSON = /"(?:level|severity|lvl|log\.level)"\s*:\s*"?([A-Za-z]+|\d+)/
const IN_LOGFMT = /(?:^|\s)(?:level|lvl|severity)=["']?([A-Za-z]+)/
const WORD = /[A-Za-z]+/g
/** Of a line's first words, those of a time stamp and a name in brackets included. */
const WORDS = 5

/** Null = it says none. */
export function levelOf(text: string): LogLevel | null {
  const start = text.slice(0, LOOKED_AT).replace(COLOURS, '')
  if (start.startsWith('{')) {
    const level = IN_JSON.exec(start)?.[1]
    return level === undefined ? null : /^\d/.test(level) ? byNumber(Number(level)) : named(level)
  }
  const inside = IN_LOGFMT.exec(start)?.[1]
  if (inside !== undefined) return named(inside)
  let words = 0
  for (const { 0: word, index } of start.matchAll(WORD)) {
    if (++words > WORDS) return null
    const level = named(word)
    if (level !== null && (word === word.toUpperCase() || isMarked(start, index, index + word.length))) return level
  }
  return null
}

/** `[info]`, `error:`, `warn |`; but not `information about you`, nor `log in to`. */
const isMarked = (text: string, from: number, to: number): boolean =>
  /[[<(]/.test(text.charAt(from - 1)) ? /[\])>]/.test(text.charAt(to)) : /^\s*[:|]/.test(text.slice(to, to + 3))

const named = (word: string): LogLevel | null => (Object.hasOwn(NAMES, word.toLowerCase()) ? NAMES[word.toLowerCase()]! : null)

/** As pino and bunyan number them. */
const byNumber = (level: number): LogLevel => (level >= 50 ? 'error' : level >= 40 ? 'warn' : level >= 30 ? 'info' : 'debug')
