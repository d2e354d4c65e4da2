/** daemon.log: one JSON object per line, rotated by size, written synchronously so that a crash loses nothing. */
import pino from 'pino'
import type { DaemonLog } from '../core/world.ts'
import { createLogFile } from './log-file.ts'

/** With .1 and .2: weeks of an ordinary daemon. */
const FILE_BYTES = 5 * 1024 * 1024

export interface DaemonLogOptions {
  file: string
  level?: 'debug' | 'info' | 'warn' | 'error'
  maxBytes?: number
}

export function createDaemonLog({ file, level = 'info', maxBytes = FILE_BYTES }: DaemonLogOptions): DaemonLog {
  const logger = pino(
    { level, base: undefined, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    createLogFile(file, maxBytes),
  )
  return {
    debug: (component, message) => logger.debug({ component }, message),
    info: (component, message) => logger.info({ component }, message),
    warn: (component, message) => logger.warn({ component }, message),
    error: (component, message, error) => logger.error(error === undefined ? { component } : { component, err: error }, message),
  }
}
