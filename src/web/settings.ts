/** Settings of this browser for all its tabs, synchronized by the `storage` event. */
export interface Settings {
  theme: 'auto' | 'light' | 'dark'
  resultRows: number
  notifications: boolean
  sound: boolean
  wrapLogs: boolean
  logTimes: boolean
  density: 'comfortable' | 'compact'
  /** Single letters act. */
  letters: boolean
}

const KEY = 'ptrack'
const DEFAULTS: Settings = {
  theme: 'auto',
  resultRows: 50,
  notifications: false,
  sound: false,
  wrapLogs: true,
  logTimes: true,
  density: 'comfortable',
  letters: true,
}

/** Field by field, so that another version's or hand-written content does no harm. */
export function readSettings(text: string | null): Settings {
  let value: unknown = null
  try {
    value = JSON.parse(text ?? 'null')
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
  }
  const read = (value ?? {}) as Partial<Record<keyof Settings, unknown>>
  const { theme, resultRows, notifications, sound, wrapLogs, logTimes, density, letters } = read
  return {
    theme: theme === 'light' || theme === 'dark' ? theme : DEFAULTS.theme,
    resultRows:
      Number.isInteger(resultRows) && (resultRows as number) >= 1 && (resultRows as number) <= 10_000
        ? (resultRows as number)
        : DEFAULTS.resultRows,
    notifications: notifications === true,
    sound: sound === true,
    wrapLogs: typeof wrapLogs === 'boolean' ? wrapLogs : DEFAULTS.wrapLogs,
    logTimes: typeof logTimes === 'boolean' ? logTimes : DEFAULTS.logTimes,
    density: density === 'compact' ? density : DEFAULTS.density,
    letters: typeof letters === 'boolean' ? letters : DEFAULTS.letters,
  }
}

export const loadSettings = (): Settings => readSettings(localStorage.getItem(KEY))

export const saveSettings = (settings: Settings): void => localStorage.setItem(KEY, JSON.stringify(settings))

export function onSettings(listener: (settings: Settings) => void): void {
  addEventListener('storage', ({ key }) => key === KEY && listener(loadSettings()))
}
