import { isGlob } from '../../../protocol/patterns.ts'

/** Whether a name is meant by a word: the name itself, that of its instances, or a glob. */
export function nameTest(word: string): (name: string) => boolean {
  const pattern = isGlob(word)
    ? new RegExp(
        `^${word
          .replace(/[.+^${}()|\\]/g, '\\$&')
          .replace(/[*?]/g, '.$&')
          .replace(/\.\?/g, '.')}$`,
      )
    : null
  return (name) => pattern?.test(name) ?? (name === word || name.replace(/:\d+(?=@|$)/, '') === word)
}
