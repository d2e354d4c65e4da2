/** Masks secrets in text for people: known keys (the first four characters stay, to tell them apart), and values by name. */

/** What every secret below contains, so that an ordinary line costs one pass. */
const SUSPICIOUS =
  /passw|pwd|passphrase|token|secret|credential|key|bearer|basic |:\/\/|AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA|gh[opusr]_|github_pat|gl[a-z]+-|xox|xapp|_live_|_test_|whsec_|AIza|ya29|sk-|npm_|pypi-|eyJ|pt[kr]_|hooks\./i

/** Lines tested together before each is tested alone. */
const TOGETHER = 32

/** The same over many lines at once, lowercased: half the time. May match where SUSPICIOUS does not. */
const SUSPICIOUS_LOWER = new RegExp(SUSPICIOUS.source.toLowerCase())

function anySuspicious(lines: readonly { text: string }[]): boolean {
  let all = ''
  for (const { text } of lines) all += `${text}\n`
  return SUSPICIOUS_LOWER.test(all.toLowerCase()) || all.includes('-----')
}

const masked = (secret: string): string => `${secret.slice(0, 4)}***`

/** Start of a word, also right after a colour code: its final `m` would count as a letter of the word. */
const START = String.raw`(?:\b|(?<=\u001b\[[\d;]{0,20}m))`

/** Keys known by their shape; the whole match is the secret. */
const SHAPES: readonly RegExp[] = [
  // AWS access key ids
  /(?:AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA)[A-Z0-9]{16}\b/,
  // GitHub
  /gh[opusr]_[A-Za-z0-9]{30,255}/,
  /github_pat_[A-Za-z0-9_]{22,255}/,
  // GitLab
  /gl(?:pat|dt|rt|cbt|ptt|ft|imt|oas|soat|agent)-[\w-]{16,255}/,
  // Slack
  /xox[a-z](?:-\d)?-[A-Za-z0-9-]{10,255}/,
  /xapp-\d-[A-Za-z0-9-]{10,255}/,
  // Stripe
  /(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,255}/,
  /whsec_[A-Za-z0-9+/=]{20,255}/,
  // Google
  /AIza[\w-]{35}/,
  /ya29\.[\w-]{20,2000}/,
  // OpenAI, Anthropic and similar; package names such as sk-learn have no long unbroken part
  /sk-(?=[\w-]{0,255}?[A-Za-z0-9_]{16})(?=[\w-]{0,255}?\d)[\w-]{20,255}/,
  // ptrack: access tokens and run tokens
  /ptk_[\w-]{43}/,
  /ptr_[\w-]{1,64}\.[\w-]{43}/,
  // npm, PyPI
  /npm_[A-Za-z0-9]{30,255}/,
  /pypi-[\w-]{40,2000}/,
  // JWT
  /eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]*/,
].map((shape) => new RegExp(START + shape.source, 'g'))

/** Secrets by context: prefix kept, secret, suffix kept. Bounded repetitions keep the time linear in the line's length. */
const PLACES: readonly RegExp[] = [
  // scheme://user:password@host
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@'"]{0,256}:)([^\s/@'"]{1,1024})(@)/gi,
  /(hooks\.slack\.com\/services\/)([A-Za-z0-9/]{20,})()/g,
  // HTTP headers; ordinary words have no digit and are short
  /(\bbearer\s+)((?=\S*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{24,})()/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:basic|token|apikey)\s+)([\w.~+/=-]{6,})()/gi,
]

const NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?)'
/** name=value, "name": "value", --name=value; numbers and words for "none" are not secrets. */
const ASSIGNED = new RegExp(
  String.raw`(${NAME}(?:[_-]?(?:id|key|value))?(?:\\?["'])?\s?(?:=>|:=|=|:(?=\s?\\?["']))\s?)(\\?["'])?((?<=["'])[^"'\\]+|[^\s"'&,;\\)}\]]+)`,
  'gi',
)
/** In prose and YAML a colon precedes ordinary words too: only values with a digit count. */
const COLON_ASSIGNED = new RegExp(String.raw`(${NAME}\s?:\s+)((?=\S*\d)(?=\S*[A-Za-z])[^\s"',;)}\]]{6,})`, 'gi')
const FLAG = new RegExp(String.raw`(--[\w-]{0,40}?${NAME}\s+)((?!-)\S+)`, 'gi')
const NOTHING = /^(?:\*+|true|false|null|none|nil|undefined|\d{1,3}|<[^>]*>|\$\{?\w+\}?|\[?(?:redacted|hidden|masked)\]?)$/i

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/
const PEM_END = /-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/
const PEM_BODY = /^[A-Za-z0-9+/=\s]*$/
const PEM_WHOLE =
  /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(?:(?!-----END)[\s\S])*(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?/g

export function redact(text: string): string {
  if (!SUSPICIOUS.test(text)) return text
  let shown = text.replace(PEM_WHOLE, (_, begin: string, end: string | undefined) => `${begin}***${end ?? ''}`)
  for (const place of PLACES) shown = shown.replace(place, (_, before: string, _secret, after: string) => `${before}***${after}`)
  const hide = (before: string, secret: string): string => before + (NOTHING.test(secret) ? secret : '***')
  shown = shown.replace(ASSIGNED, (_, before: string, quote: string | undefined, secret: string) =>
    hide(before + (quote ?? ''), secret),
  )
  shown = shown.replace(COLON_ASSIGNED, (_, before: string, secret: string) => hide(before, secret))
  shown = shown.replace(FLAG, (_, before: string, secret: string) => hide(before, secret))
  for (const shape of SHAPES) shown = shown.replace(shape, masked)
  return shown
}

const NAMED = new RegExp(`${NAME}$`, 'i')

/** Data a program reported: its texts, and any value under the name of a secret. Copies only what it changes. */
export function redactData<T>(data: T): T {
  return hidden(data, '') as T
}

function hidden(data: unknown, name: string): unknown {
  if (typeof data === 'string') return NAMED.test(name) && data !== '' && !NOTHING.test(data) ? '***' : redact(data)
  if (typeof data !== 'object' || data === null) return data
  let copy: Record<string, unknown> | null = null
  for (const [key, value] of Object.entries(data)) {
    const shown = hidden(value, Array.isArray(data) ? name : key)
    if (shown === value) continue
    copy ??= (Array.isArray(data) ? [...data] : { ...data }) as Record<string, unknown>
    copy[key] = shown
  }
  return copy ?? data
}

/** One stream of one process, in which a private key may span lines. */
export const streamKey = ({ process, stream }: { process: string; stream: string }): string => `${stream} ${process}`

/** Lines in order; a private key may span several, tracked per stream of a process. */
export class Redactor {
  private readonly inKey = new Set<string>()

  lines<L extends { text: string }>(lines: readonly L[], streamKey: (line: L) => string): L[] {
    this.findTails(lines, streamKey)
    const shown: L[] = []
    for (let from = 0; from < lines.length; from += TOGETHER) {
      const group = lines.slice(from, from + TOGETHER)
      const harmless = this.inKey.size === 0 && !anySuspicious(group)
      for (const line of group) shown.push(harmless ? line : this.shown(line, streamKey(line)))
    }
    return shown
  }

  private shown<L extends { text: string }>(line: L, key: string): L {
    const text = this.line(line.text, key)
    return text === line.text ? line : { ...line, text }
  }

  /** The page begins inside a key: its end shows that. */
  private findTails<L extends { text: string }>(lines: readonly L[], streamKey: (line: L) => string): void {
    if (!lines.some(({ text }) => PEM_END.test(text))) return
    const decided = new Set<string>()
    for (const line of lines) {
      const key = streamKey(line)
      if (decided.has(key) || PEM_BODY.test(line.text)) continue
      decided.add(key)
      if (PEM_END.test(line.text) && !PEM_BEGIN.test(line.text)) this.inKey.add(key)
    }
  }

  private line(text: string, key: string): string {
    if (this.inKey.has(key)) {
      const end = PEM_END.exec(text)
      if (end !== null) {
        this.inKey.delete(key)
        return `***${end[0]}${redact(text.slice(end.index + end[0].length))}`
      }
      // A key that was cut off: show again what cannot belong to it.
      if (PEM_BODY.test(text)) return '***'
      if (!/^[\w-]+: /.test(text)) this.inKey.delete(key)
    }
    const begin = PEM_BEGIN.exec(text)
    if (begin !== null && !PEM_END.test(text.slice(begin.index))) this.inKey.add(key)
    return redact(text)
  }
}
