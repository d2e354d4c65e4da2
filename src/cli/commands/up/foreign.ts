/** Recognizes files of other supervisors, by name and content, where a ptrack.yaml is expected. */
import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type Format, formatOf } from '../../../files/import/read-import.ts'
import { PtrackError } from '../../../protocol/errors.ts'

const KINDS: Record<Format, string> = {
  pm2: 'a file of pm2',
  procfile: 'a Procfile',
  'process-compose': 'a file of process-compose',
  supervisord: 'a file of supervisord',
}

/** The names that their own programs look for, in the order in which one is taken. */
const USUAL = [
  ...['process-compose', 'compose'].flatMap((name) => [`${name}.yaml`, `${name}.yml`]),
  ...['Procfile.dev', 'Procfile'],
  ...['js', 'cjs', 'mjs'].map((end) => `ecosystem.config.${end}`),
  'supervisord.conf',
]

/** One that `import` reads: `compose.yaml` is docker's too. */
export const foreignIn = (directory: string): string | undefined =>
  USUAL.find((name) => existsSync(join(directory, name)) && foreignFormat(join(directory, name)) !== null)

export const dockerIn = (directory: string): string | undefined =>
  ['compose.yaml', 'compose.yml', 'docker-compose.yaml', 'docker-compose.yml'].find((name) => existsSync(join(directory, name)))

/** null: possibly a ptrack.yaml, or unreadable, which its reader reports better. */
export function foreignFormat(file: string): Format | null {
  const name = basename(file)
  const format = formatOf(file, textOf(file))
  // Both have `processes:`, and an unnamed Procfile looks like a faulty ptrack.yaml.
  if (format === 'process-compose') return /^(process-)?compose\b/.test(name) ? format : null
  if (format === 'procfile') return /procfile/i.test(name) ? format : null
  return /\.json5?$/.test(name) && /"processes"\s*:/.test(textOf(file)) ? null : format
}

function textOf(file: string): string {
  try {
    // A pipe can be read only once, and not here.
    if (!statSync(file).isFile()) return ''
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
    return ''
  }
}

/** `named`: as it was written. */
export function refuseForeign(file: string, named: string, what: string, options = ''): void {
  const format = existsSync(file) ? foreignFormat(file) : null
  if (format === null) return
  throw new PtrackError('BAD_FILE', `cannot ${what} ${file}: it is ${KINDS[format]}, not a ptrack.yaml`, {
    hint: `\`ptrack import ${named}${options}\` reads it, \`--output ptrack.yaml\` makes one of it`,
  })
}
