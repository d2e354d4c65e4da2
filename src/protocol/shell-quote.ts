/** Words for a POSIX shell. */

/** A word that a shell takes as it is. */
export const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

/** The same, without quotes where none are needed. */
export const asWord = (text: string): string => (/^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : quoted(text))
