/** The options of `runtime`, as parsed. */
export const EXIT_RULES = ['never', 'failure', 'any', 'all'] as const
export type ExitRule = (typeof EXIT_RULES)[number]
export const LOG_FORMATS = ['plain', 'prefix', 'json'] as const
export type LogFormat = (typeof LOG_FORMATS)[number]

export interface RuntimeOptions {
  home?: string
  profile?: string[]
  only?: string[]
  env?: string
  formation?: string
  name?: string
  restart?: 'always' | 'on-failure' | 'never'
  exitOn?: ExitRule
  /** Milliseconds. */
  grace?: number
  forward?: string
  logFormat?: LogFormat
  logMax?: number
  logKeep?: number
  /** false: programs write to stdout and stderr themselves. */
  logFiles: boolean
  http?: string
  listen?: string
}
