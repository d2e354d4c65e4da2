/** Targets that may mean any number of processes. */

export const isGlob = (text: string): boolean => /[*?[]/.test(text)

/** A pattern without a match is not a typing error. */
export const isPattern = (target: string): boolean => target === 'all' || /^(?:tag|session):/.test(target) || isGlob(target)
