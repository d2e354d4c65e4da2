/** What a key does: from the state of the keyboard and a key to the next state and what is to be done. Pure. */

export type Pick = 'restart' | 'open' | 'attach'

export type Keys = { mode: 'free' } | { mode: 'pick'; what: Pick; typed: string } | { mode: 'search'; typed: string }

export const FREE: Keys = { mode: 'free' }

export type Deed =
  | { do: 'restart' | 'open' | 'attach'; name: string }
  | { do: 'restart-all' | 'view' | 'help' | 'quit' | 'interrupt' | 'detach' | 'suspend' | 'space' }
  /** null: all again. */
  | { do: 'alone'; name: string | null }
  | { do: 'match'; pattern: RegExp | null; text: string }
  | { do: 'refuse'; why: string }

/** Names among which each pick chooses, in the order of their numbers. */
export interface Choices extends Record<Pick, readonly string[]> {
  all: readonly string[]
}

export interface Step {
  keys: Keys
  deed: Deed | null
}

const NOTHING: Record<Pick, string> = {
  restart: 'nothing is there to restart',
  open: 'no URL is known: a port (`port: auto`, `health: http://..`), or an address in the output, would be one',
  attach: 'nothing here has a terminal: `tty: true` gives a process one',
}

export function pressed(keys: Keys, key: string, choices: Choices): Step {
  if (key === 'ctrl-c') return { keys: FREE, deed: { do: 'interrupt' } }
  if (key === 'ctrl-z') return { keys: FREE, deed: { do: 'suspend' } }
  if (keys.mode === 'free') return free(key, choices)
  if (key === 'escape') return { keys: FREE, deed: null }
  const typed = edited(keys.typed, key)
  if (keys.mode === 'search') {
    if (key === 'enter') return { keys: FREE, deed: search(keys.typed, choices.all) }
    return { keys: { mode: 'search', typed }, deed: null }
  }
  const { what } = keys
  const among = choices[what]
  if (key === 'enter') return { keys: FREE, deed: keys.typed === '' ? null : picked(what, keys.typed, among) }
  // A digit is enough where no other number begins with it.
  const number = Number(typed)
  if (/^\d+$/.test(typed) && number >= 1 && number <= among.length && number * 10 > among.length)
    return { keys: FREE, deed: picked(what, typed, among) }
  return { keys: { mode: 'pick', what, typed }, deed: null }
}

/** Pasted text is only typed where something is asked for: no key of a paste acts. */
export function pasted(keys: Keys, text: string): Keys {
  if (keys.mode === 'free') return keys
  return { ...keys, typed: keys.typed + text.replace(/[\x00-\x1f\x7f]/g, '') }
}

function free(key: string, choices: Choices): Step {
  const begin = (what: Pick): Step => {
    const among = choices[what]
    if (among.length === 0) return { keys: FREE, deed: { do: 'refuse', why: NOTHING[what] } }
    if (among.length === 1) return { keys: FREE, deed: { do: what, name: among[0]! } }
    return { keys: { mode: 'pick', what, typed: '' }, deed: null }
  }
  const simple = (deed: Deed): Step => ({ keys: FREE, deed })
  switch (key) {
    case 'r':
      return begin('restart')
    case 'R':
      return simple({ do: 'restart-all' })
    case 'o':
      return begin('open')
    case 'a':
      return begin('attach')
    case 'w':
      return simple({ do: 'view' })
    case 'd':
      return simple({ do: 'detach' })
    case 'q':
      return simple({ do: 'quit' })
    case '?':
    case 'h':
      return simple({ do: 'help' })
    case '/':
      return { keys: { mode: 'search', typed: '' }, deed: null }
    case 'enter':
      return simple({ do: 'space' })
    case '0':
    case 'escape':
      return simple({ do: 'alone', name: null })
    default: {
      if (!/^[1-9]$/.test(key)) return { keys: FREE, deed: null }
      const name = choices.all[Number(key) - 1]
      if (name === undefined) return simple({ do: 'refuse', why: `there are only ${choices.all.length} processes` })
      return simple({ do: 'alone', name })
    }
  }
}

function edited(typed: string, key: string): string {
  if (key === 'backspace') return [...typed].slice(0, -1).join('')
  if (key === 'ctrl-u') return ''
  if (key === 'space') return `${typed} `
  return [...key].length === 1 ? typed + key : typed
}

/** By number, name, or the beginning of one name alone. */
function found(typed: string, among: readonly string[]): string | undefined {
  const text = typed.trim()
  if (among.includes(text)) return text
  if (/^\d+$/.test(text)) return among[Number(text) - 1]
  const begun = among.filter((name) => name.startsWith(text))
  return begun.length === 1 ? begun[0] : undefined
}

function picked(what: Pick, typed: string, among: readonly string[]): Deed {
  const name = found(typed, among)
  return name === undefined ? { do: 'refuse', why: `there is no ${typed.trim()} to ${what}` } : { do: what, name }
}

/** A name or number shows that process alone; other words are looked for in the lines, in any case unless they have capitals. */
function search(typed: string, all: readonly string[]): Deed {
  const text = typed.trim()
  if (text === '') return { do: 'match', pattern: null, text }
  const name = all.includes(text) ? text : /^\d+$/.test(text) ? all[Number(text) - 1] : undefined
  if (name !== undefined) return { do: 'alone', name }
  const flags = /[A-Z]/.test(text) ? 'u' : 'iu'
  try {
    return { do: 'match', pattern: new RegExp(text, flags), text }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // `a(b`, `*`: as it stands.
    return { do: 'match', pattern: new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), flags), text }
  }
}

const QUESTIONS: Record<Pick, string> = { restart: 'restart', open: 'open the URL of', attach: 'attach to' }

/** What stands on the last line; null = nothing is asked for. */
export function promptOf(keys: Keys, choices: Choices): string | null {
  if (keys.mode === 'free') return null
  if (keys.mode === 'search') return `show lines with (a name or number: that one alone): ${keys.typed}`
  const among = choices[keys.what].map((name, i) => `${i + 1} ${name}`).join('  ')
  return `${QUESTIONS[keys.what]} ${among}: ${keys.typed}`
}

export const HELP: readonly string[] = [
  'r restart one, with what depends on it   R restart all   o open a URL   a attach to a terminal   w the terminal view',
  '/ show only lines that match   1-9 show one alone   0 show all   Enter an empty line',
  'd leave all running   q or Ctrl-C stop what this command has started',
]
