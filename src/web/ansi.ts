/** Terminal colours as CSS classes; other control sequences are dropped. The result is text, never markup. */
export interface Span {
  text: string
  /** Such as `bold fg-1 bg-12`; empty for plain text. */
  className: string
}

interface Look {
  bold: boolean
  dim: boolean
  italic: boolean
  underline: boolean
  fg: number | null
  bg: number | null
}

const plain = (): Look => ({ bold: false, dim: false, italic: false, underline: false, fg: null, bg: null })

/** CSI, OSC (title, links) and other escape sequences, and control characters but the tab. */
const CONTROL =
  /\u001b\[([0-9:;<=>?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[PX^_][^\u001b]*(?:\u001b\\)?|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g

const HAS_CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/

export function spansOf(line: string): Span[] {
  const spans: Span[] = []
  let look = plain()
  let from = 0
  const push = (text: string): void => {
    if (text !== '') spans.push({ text, className: classOf(look) })
  }
  for (const match of line.matchAll(CONTROL)) {
    push(line.slice(from, match.index))
    from = match.index + match[0].length
    if (match[2] === 'm' && !/^[<=>?]/.test(match[1] ?? '')) look = styled(look, match[1] ?? '')
  }
  push(line.slice(from))
  return spans
}

export const plainText = (line: string): string => (HAS_CONTROL.test(line) ? line.replace(CONTROL, '') : line)

function classOf({ bold, dim, italic, underline, fg, bg }: Look): string {
  const names = [
    bold && 'bold',
    dim && 'dim',
    italic && 'italic',
    underline && 'underline',
    fg !== null && `fg-${fg}`,
    bg !== null && `bg-${bg}`,
  ]
  return names.filter(Boolean).join(' ')
}

function styled(before: Look, parameters: string): Look {
  const look = { ...before }
  // With colons one colour is one parameter: 38:5:N, 38:2::R:G:B. With semicolons it takes the next ones.
  const codes = parameters.split(';').flatMap((each): number[] => {
    const [code, kind, index] = each.split(':').map(Number)
    if (!each.includes(':')) return [code!]
    if (code !== 38 && code !== 48) return [code === 4 && kind === 0 ? 24 : code!]
    return kind === 5 ? [code, 5, index!] : [code, 2, 0, 0, 0]
  })
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]!
    if (code === 0) Object.assign(look, plain())
    else if (code === 1) look.bold = true
    else if (code === 2) look.dim = true
    else if (code === 3) look.italic = true
    else if (code === 4) look.underline = true
    else if (code === 22) Object.assign(look, { bold: false, dim: false })
    else if (code === 23) look.italic = false
    else if (code === 24) look.underline = false
    else if (code >= 30 && code <= 37) look.fg = code - 30
    else if (code >= 90 && code <= 97) look.fg = code - 82
    else if (code === 39) look.fg = null
    else if (code >= 40 && code <= 47) look.bg = code - 40
    else if (code >= 100 && code <= 107) look.bg = code - 92
    else if (code === 49) look.bg = null
    else if (code === 38 || code === 48) {
      // Of 256 colours only the first sixteen are shown; 24 bits are five numbers.
      const isIndexed = codes[i + 1] === 5
      const index = isIndexed ? codes[i + 2]! : null
      look[code === 38 ? 'fg' : 'bg'] = index !== null && index < 16 ? index : null
      i += isIndexed ? 2 : 4
    }
  }
  return look
}
