/** Titles of what ptrack knows of a row of results, beside the fields of the row: a field keeps its name, so ours gives way. */
export const ownTitle = (title: string, fields: readonly string[]): string => (fields.includes(title) ? `ptrack.${title}` : title)
