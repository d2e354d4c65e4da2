/** The result of a check. */
export interface Check {
  name: string
  result: 'ok' | 'warn' | 'fail'
  message: string
  /** What to do; null when all is well. */
  advice: string | null
}

export const ok = (name: string, message: string): Check => ({ name, result: 'ok', message, advice: null })
export const warn = (name: string, message: string, advice: string): Check => ({ name, result: 'warn', message, advice })
export const fail = (name: string, message: string, advice: string): Check => ({ name, result: 'fail', message, advice })
