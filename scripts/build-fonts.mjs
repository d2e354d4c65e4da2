// The page's two fonts, cut to what it shows: Latin-1 for what people read, ASCII for what programs wrote, the weights 400 to 600, no
// ligatures. A tenth of a second at each build if they are made already, a few if not.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const range = (first, last) => String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, n) => first + n))
const ASCII = range(0x20, 0x7e)
const MARKS = '\u2013\u2014\u2018\u2019\u201c\u201d\u2022\u2026\u2190\u2191\u2192\u2193\u2212'

/** Cut fonts may not have the names that their licence reserves. */
const FONTS = {
  'ptrack-sans': { from: 'ibm-plex-sans', text: ASCII + range(0xa0, 0xff) + MARKS },
  'ptrack-mono': { from: 'jetbrains-mono', text: ASCII + MARKS },
}

/** Answers the directory with NAME.woff2 of each, and their licences as one text. */
export async function buildFonts(root) {
  const require = createRequire(import.meta.url)
  const cache = join(root, 'node_modules/.cache/ptrack-fonts')
  mkdirSync(cache, { recursive: true })
  const licences = []
  for (const [name, { from, text }] of Object.entries(FONTS)) {
    const home = dirname(require.resolve(`@fontsource-variable/${from}/package.json`))
    licences.push(`${name}.woff2 is made of ${from}:\n\n${readFileSync(join(home, 'LICENSE'), 'utf8')}`)
    const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'))
    const made = join(cache, `${name}-${version}-${text.length}.woff2`)
    if (!existsSync(made)) {
      const { default: subset } = await import('subset-font')
      const whole = readFileSync(join(home, `files/${from}-latin-wght-normal.woff2`))
      const variationAxes = { wght: { min: 400, max: 600 } }
      const cut = await subset(whole, text, { targetFormat: 'woff2', variationAxes, noLayoutClosure: true })
      put(made, cut)
    }
    put(join(cache, `${name}.woff2`), readFileSync(made))
  }
  return { dir: cache, licences: licences.join('\n') }
}

/** Whole or not at all: two builds may run at a time. */
function put(path, content) {
  writeFileSync(`${path}.tmp-${process.pid}`, content)
  renameSync(`${path}.tmp-${process.pid}`, path)
}
