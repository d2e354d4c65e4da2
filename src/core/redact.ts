/**
 * Masks secrets in text that people are shown: keys by their known shapes, and values by the names they are given.
 * Of a known kind of key the first four characters stay, so that a person can tell which one it was; of a password none.
 */

/** What every secret below contains, so that an ordinary line costs one pass. */
const SUSPICIOUS =
  /passw|pwd|passphrase|token|secret|credential|key|bearer|basic |:\/\/|AKIA|ASIA|AROA|AIDA|AGPA|ANPA|ABIA|ACCA|gh[opusr]_|github_pat|gl[a-z]+-|xox|xapp|_live_|_test_|whsec_|AIza|ya29|sk-|npm_|pypi-|eyJ|pt[kr]_|hooks\./i

/** Lines that are looked at together before each is looked at alone. */
const TOGETHER = 32

/** The same over many lines at once, in small letters: half the time. May say yes where SUSPICIOUS says no. */
const SUSPICIOUS_LOWER = new RegExp(SUSPICIOUS.source.toLowerCase())

/** Whether any of the lines has anything that a secret has, or begins or ends a key. */
function anySuspicious(lines: readonly { text: string }[]): boolean {
  let all = ''
  for (const { text } of lines) all += `${text}\n`
  return SUSPICIOUS_LOWER.test(all.toLowerCase()) || all.includes('-----')
}

const masked = (secret: string): string => `${secret.slice(0, 4)}***`

/** Where a word begins, also right behind a colour: the `m` that ends one would count as a letter of the word. */
const START = String.raw`(?:\b|(?<=\u001b\[[\d;]{0,20}m))`

/** Keys that are known by their shape; all of the match is the secret. */
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
  // OpenAI, Anthropic and others of that form; names of packages such as sk-learn have no long unbroken part
  /sk-(?=[\w-]{0,255}?[A-Za-z0-9_]{16})(?=[\w-]{0,255}?\d)[\w-]{20,255}/,
  // ptrack, of a person or program and of a run
  /ptk_[\w-]{43}/,
  /ptr_[\w-]{1,64}\.[\w-]{43}/,
  // npm, PyPI
  /npm_[A-Za-z0-9]{30,255}/,
  /pypi-[\w-]{40,2000}/,
  // JWT
  /eyJ[\w-]{8,4000}\.eyJ[\w-]{8,8000}\.[\w-]*/,
].map((shape) => new RegExp(START + shape.source, 'g'))

/** Repetitions are bounded, so that no line, however made, takes longer than in proportion to its length. Secrets by what stands around them: what is kept before, the secret, what is kept behind. */
const PLACES: readonly RegExp[] = [
  // scheme://user:password@host
  /(\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/:@'"]{0,256}:)([^\s/@'"]{1,1024})(@)/gi,
  /(hooks\.slack\.com\/services\/)([A-Za-z0-9/]{20,})()/g,
  // HTTP headers; words of prose have no digit and are short
  /(\bbearer\s+)((?=\S*\d)[\w.~+/=-]{8,}|[\w.~+/=-]{24,})()/gi,
  /(\bauthorization["']?\s*[:=]\s*["']?(?:basic|token|apikey)\s+)([\w.~+/=-]{6,})()/gi,
]

const NAME =
  '(?:passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|secret[_-]?key|account[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?)'
/** name=value, "name": "value", --name=value; a number, or a word that says there is none, is no secret. */
const ASSIGNED = new RegExp(
  String.raw`(${NAME}(?:[_-]?(?:id|key|value))?(?:\\?["'])?\s?(?:=>|:=|=|:(?=\s?\\?["']))\s?)(\\?["'])?((?<=["'])[^"'\\]+|[^\s"'&,;\\)}\]]+)`,
  'gi',
)
/** In prose and YAML a colon is followed by ordinary words too: only what holds a digit counts. */
const COLON_ASSIGNED = new RegExp(String.raw`(${NAME}\s?:\s+)((?=\S*\d)(?=\S*[A-Za-z])[^\s"',;)}\]]{6,})`, 'gi')
const FLAG = new RegExp(String.raw`(--[\w-]{0,40}?${NAME}\s+)((?!-)\S+)`, 'gi')
const NOTHING = /^(?:\*+|true|false|null|none|nil|undefined|\d{1,3}|<[^>]*>|\$\{?\w+\}?|\[?(?:redacted|hidden|masked)\]?)$/i

const PEM_BEGIN = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/
const PEM_END = /-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/
const PEM_BODY = /^[A-Za-z0-9+/=\s]*$/
const PEM_WHOLE =
  /(-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)(?:(?!-----END)[\s\S])*(-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----)?/g

/** One text, or a line of its own. */
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

/** Data as a program told it: its texts, and whatever stands under a name of a secret. Nothing is copied that has nothing to hide. */
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

/** One stream of one process, in which a private key may go on from line to line. */
export const laneOf = ({ process, stream }: { process: string; stream: string }): string => `${stream} ${process}`

/** Lines in their order, in which a private key may span several; per `lane` (one stream of one process) a key of its own. */
export class Redactor {
  private readonly inKey = new Set<string>()

  lines<L extends { text: string }>(lines: readonly L[], laneOf: (line: L) => string): L[] {
    this.findTails(lines, laneOf)
    const shown: L[] = []
    for (let from = 0; from < lines.length; from += TOGETHER) {
      const group = lines.slice(from, from + TOGETHER)
      const harmless = this.inKey.size === 0 && !anySuspicious(group)
      for (const line of group) shown.push(harmless ? line : this.shown(line, laneOf(line)))
    }
    return shown
  }

  private shown<L extends { text: string }>(line: L, lane: string): L {
    const text = this.line(line.text, lane)
    return text === line.text ? line : { ...line, text }
  }

  /** The page begins inside a key: its end shows it. */
  private findTails<L extends { text: string }>(lines: readonly L[], laneOf: (line: L) => string): void {
    if (!lines.some(({ text }) => PEM_END.test(text))) return
    const decided = new Set<string>()
    for (const line of lines) {
      const lane = laneOf(line)
      if (decided.has(lane) || PEM_BODY.test(line.text)) continue
      decided.add(lane)
      if (PEM_END.test(line.text) && !PEM_BEGIN.test(line.text)) this.inKey.add(lane)
    }
  }

  private line(text: string, lane: string): string {
    if (this.inKey.has(lane)) {
      const end = PEM_END.exec(text)
      if (end !== null) {
        this.inKey.delete(lane)
        return `***${end[0]}${redact(text.slice(end.index + end[0].length))}`
      }
      // A key that was cut off: what cannot be of it is shown again.
      if (PEM_BODY.test(text)) return '***'
      if (!/^[\w-]+: /.test(text)) this.inKey.delete(lane)
    }
    const begin = PEM_BEGIN.exec(text)
    if (begin !== null && !PEM_END.test(text.slice(begin.index))) this.inKey.add(lane)
    return redact(text)
  }
}
