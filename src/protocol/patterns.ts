/** What kind of target a word is, by its form. */

export const isGlob = (text: string): boolean => /[*?[]/.test(text)

/** An id, number or pid. */
export const isKey = (word: string): boolean => /^(?:\d+|[0-9a-f]{12})$/.test(word)

/** Means processes by what they have, whatever their names: `tag:T`, `session:S`. */
export const isLabel = (text: string): boolean => /^(?:tag|session):/.test(text)

/** A pattern without a match is not a typing error. */
export const isPattern = (target: string): boolean => target === 'all' || isLabel(target) || isGlob(target)
