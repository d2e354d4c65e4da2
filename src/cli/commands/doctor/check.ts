/** What a check of doctor says. */
export interface Check {
  name: string
  result: 'ok' | 'warn' | 'fail'
  message: string
  /** What to do; none when all is well. */
  advice: string | null
}

export const ok = (name: string, message: string): Check => ({ name, result: 'ok', message, advice: null })
export const warn = (name: string, message: string, advice: string): Check => ({ name, result: 'warn', message, advice })
export const fail = (name: string, message: string, advice: string): Check => ({ name, result: 'fail', message, advice })
