/** The forms in which a report is written. */
export const FORMATS = ['table', 'json', 'csv'] as const
export type Format = (typeof FORMATS)[number]
