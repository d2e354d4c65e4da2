/** A file that may have gone: an upgrade replaces it, an uninstall removes it. */
import { accessSync, constants } from 'node:fs'
import { errnoOf } from './errno.ts'

export function readable(path: string): string | null {
  try {
    accessSync(path, constants.R_OK)
    return path
  } catch (error) {
    if (errnoOf(error) === undefined) throw error
    return null
  }
}
