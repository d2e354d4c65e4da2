/** Keys as people write them, and what each is bound to. */
import { type Bound, CHAPTERS, type Command } from './binding.ts'
import { BINDINGS } from './key-table.ts'

const SHOWN: Readonly<Record<string, string>> = {
  pageup: 'PgUp',
  pagedown: 'PgDn',
  backtab: 'Shift-Tab',
  escape: 'Esc',
}
/** `ctrl-c` as people write it: `Ctrl-C`. */
export const keyWords = (key: string): string =>
  SHOWN[key] ??
  (key.startsWith('ctrl-') ? `Ctrl-${key.slice(5).toUpperCase()}` : key.length > 1 ? key[0]!.toUpperCase() + key.slice(1) : key)

const inPlace = (key: string, place: Bound): Command | null =>
  BINDINGS.find((binding) => binding.places.includes(place) && binding.keys.includes(key))?.command ?? null

/** With the focus in a log, its own keys come before those of the place. */
export const commandOf = (key: string, place: Bound, inLog = false): Command | null =>
  (inLog ? inPlace(key, 'log') : null) ?? inPlace(key, place)

/** The table of docs/watch.md. */
export function keysTable(): string {
  const rows = CHAPTERS.flatMap((chapter) =>
    BINDINGS.filter((binding) => binding.chapter === chapter).map(
      ({ keys, help }, index) =>
        `| ${index === 0 ? chapter : ''} | ${keys.map((key) => `\`${keyWords(key)}\``).join(' ')} | ${help} |`,
    ),
  )
  return ['| | keys | what they do |', '| --- | --- | --- |', ...rows].join('\n')
}
