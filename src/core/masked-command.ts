/** A command line that is kept for people: values of variables and known secrets masked. */
import { TOKEN_PREFIX } from '../protocol/fleet.ts'
import { redact } from './redact.ts'

/** Options whose next word is, or holds, a value that others must not read. */
const SECRET = /^(?:-e|--env|--token|--password)$/
const SECRET_GLUED = /^(--env=[^=]*=|--env=|--token=|--password=)/

/** Characters kept: it stands in the record of every process that it defined. */
const KEPT = 1000

export function maskedCommand(words: readonly string[]): string[] {
  const kept: string[] = []
  let room = KEPT
  for (const word of masked(words)) {
    const cut = word.length > room ? `${word.slice(0, room)}…` : word
    kept.push(cut)
    room -= cut.length + 1
    if (room <= 0) break
  }
  return kept
}

function masked(words: readonly string[]): string[] {
  const end = words.includes('--') ? words.indexOf('--') : words.length
  const send = words.slice(0, end).indexOf('send')
  return words.map((word, index) => {
    const own = index < end
    // `send NAME TEXT`: what is typed at a program may be a password.
    if (send !== -1 && index > send + 1 && index !== end && !(own && word.startsWith('-'))) return '***'
    // An invitation into a fleet.
    if (own && word.startsWith(TOKEN_PREFIX)) return `${TOKEN_PREFIX}***`
    const before = words[index - 1]
    if (own && before !== undefined && SECRET.test(before)) return maskedValue(word)
    const glued = own ? SECRET_GLUED.exec(word) : null
    return glued === null ? redact(word) : `${glued[1]}***`
  })
}

/** K=V keeps its name. */
const maskedValue = (word: string): string => (word.includes('=') ? `${word.slice(0, word.indexOf('=') + 1)}***` : '***')
