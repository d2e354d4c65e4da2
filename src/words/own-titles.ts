/** Titles of ptrack's own columns beside the fields of a row of results: on a clash, ours is renamed. */
export const ownTitle = (title: string, fields: readonly string[]): string => (fields.includes(title) ? `ptrack.${title}` : title)
