/** Targets that may mean any number of processes. */

export const isGlob = (text: string): boolean => /[*?[]/.test(text)

/** A pattern may match nothing without that being a mistake of typing. */
export const isPattern = (target: string): boolean => target === 'all' || target.startsWith('tag:') || isGlob(target)
