/** A file that may be gone by now: an upgrade replaces it, an uninstalled version takes it along. */
import { accessSync, constants } from 'node:fs'
import { errnoOf } from './errno.ts'

/** The path itself while it can be read, else null. */
export function readable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
