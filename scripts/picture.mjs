// node scripts/picture.mjs < CAPTURE > PICTURE.svg: what `tmux capture-pane -e -p` says of a terminal, as an SVG. Each character has
// its own cell, so that a font with other widths moves nothing.
import { readFileSync } from 'node:fs'

const CELL = { width: 8.4, height: 17, size: 14, base: 13 }
const EDGE = 12
const GROUND = '#16181d'
const TEXT = '#d7dae0'
const NAMED = ['#3b4048', '#e06c75', '#98c379', '#e5c07b', '#61afef', '#c678dd', '#56b6c2', '#d7dae0']
const LEVELS = [0, 95, 135, 175, 215, 255]

function indexed(n) {
  if (n < 16) return NAMED[n % 8]
  if (n >= 232) return `rgb(${Array(3).fill(8 + (n - 232) * 10)})`
  return `rgb(${[36, 6, 1].map((step) => LEVELS[Math.floor((n - 16) / step) % 6])})`
}

/** What SGR codes make of a style. */
function styled(style, codes) {
  const next = { ...style }
  for (let i = 0; i < codes.length; i++) {
    const code = codes[i]
    if (code === 0) Object.assign(next, { bold: false, dim: false, inverse: false, front: null, back: null })
    else if (code === 1) next.bold = true
    else if (code === 2) next.dim = true
    else if (code === 7) next.inverse = true
    else if (code === 22) Object.assign(next, { bold: false, dim: false })
    else if (code === 27) next.inverse = false
    else if (code === 38 || code === 48) {
      const color = codes[i + 1] === 5 ? indexed(codes[i + 2]) : `rgb(${codes.slice(i + 2, i + 5)})`
      next[code === 38 ? 'front' : 'back'] = color
      i += codes[i + 1] === 5 ? 2 : 4
    } else if (code === 39) next.front = null
    else if (code === 49) next.back = null
    else if (code >= 30 && code <= 37) next.front = NAMED[code - 30]
    else if (code >= 90 && code <= 97) next.front = NAMED[code - 90]
    else if (code >= 40 && code <= 47) next.back = NAMED[code - 40]
  }
  return next
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
const isWide = (point) => /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uFF00-\uFF60]|\p{Emoji_Presentation}/u.test(point)

const lines = readFileSync(0, 'utf8').replace(/\n+$/, '').split('\n')
let columns = 80
let body = ''
let style = styled({}, [0])
lines.forEach((line, row) => {
  let column = 0
  for (const [, codes, text] of line.matchAll(/\x1b\[([0-9;]*)m|([^\x1b]+)/g)) {
    if (text === undefined) {
      style = styled(style, codes === '' ? [0] : codes.split(';').map(Number))
      continue
    }
    const points = [...text]
    const starts = points.map((point) => {
      const at = column
      column += isWide(point) ? 2 : 1
      return at
    })
    const front = (style.inverse ? style.back : style.front) ?? (style.inverse ? GROUND : TEXT)
    const back = style.inverse ? (style.front ?? TEXT) : style.back
    const x = (at) => (EDGE + at * CELL.width).toFixed(1)
    const y = EDGE + row * CELL.height
    if (back)
      body += `<rect x="${x(starts[0])}" y="${y}" width="${((column - starts[0]) * CELL.width).toFixed(1)}" height="${CELL.height}" fill="${back}"/>\n`
    // A blank needs no place of its own: everything else says where it stands.
    const seen = points.flatMap((point, index) => (point === ' ' ? [] : [{ point, at: x(starts[index]) }]))
    if (seen.length === 0) continue
    const more = `${style.bold ? ' font-weight="bold"' : ''}${style.dim ? ' opacity="0.55"' : ''}`
    body += `<text x="${seen.map(({ at }) => at).join(' ')}" y="${y + CELL.base}" fill="${front}"${more}>${escaped(seen.map(({ point }) => point).join(''))}</text>\n`
  }
  columns = Math.max(columns, column)
})
const width = Math.ceil(columns * CELL.width + 2 * EDGE)
const height = lines.length * CELL.height + 2 * EDGE
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
<rect width="100%" height="100%" rx="6" fill="${GROUND}"/>
<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="${CELL.size}">
${body}</g>
</svg>
`)
