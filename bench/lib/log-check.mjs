// Reads a rotated log from its oldest archive to the live file and holds every line against its number.
import { createReadStream, readdirSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createGunzip } from 'node:zlib'

/** Oldest first: NAME.out.log.9.gz, NAME.out.log.8, ..., NAME.out.log. The number before `.gz` counts back in time. */
export function generations(file) {
  const prefix = `${basename(file)}.`
  const archives = readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix))
    .map((name) => ({ name, number: Number(/^(\d+)(?:\.gz)?$/.exec(name.slice(prefix.length))?.[1] ?? Number.NaN) }))
    .filter(({ number }) => !Number.isNaN(number))
    .sort((a, b) => b.number - a.number)
  return [...archives.map(({ name }) => join(dirname(file), name)), file]
}

async function* chunksOf(file) {
  const stream = createReadStream(file)
  yield* file.endsWith('.gz') ? stream.pipe(createGunzip()) : stream
}

/** Counts lines that are out of order, torn or missing; `numberOf` gives a line's number, or null for a broken line. */
export async function checkLines(files, numberOf) {
  const found = { files: files.length, lines: 0, bytes: 0, missing: 0, repeated: 0, broken: 0 }
  let next = 0
  let rest = ''
  for (const file of files) {
    for await (const chunk of chunksOf(file)) {
      found.bytes += chunk.length
      const lines = (rest + chunk.toString('latin1')).split('\n')
      rest = lines.pop()
      for (const line of lines) {
        found.lines++
        const number = numberOf(line)
        if (number === null) {
          found.broken++
          continue
        }
        if (number > next) found.missing += number - next
        if (number < next) found.repeated++
        next = Math.max(next, number + 1)
      }
    }
  }
  return { ...found, next, tail: rest.length }
}

export const spewedNumber = (line) => (line.length === 99 && /^\d{12} \.+$/.test(line) ? Number(line.slice(0, 12)) : null)
