/** Programs remove a stale socket file before they listen, and theirs at the end: ours has to stay, others serve behind it. */
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'
import { isSamePath } from './address.ts'

type Remove = (path: unknown, ...rest: unknown[]) => unknown

export function keepPaths(paths: readonly string[]): void {
  if (paths.length === 0) return
  const isOurs = (path: unknown): boolean => paths.some((each) => isSamePath(textOf(path), each))
  const wrap = (target: object, name: string, instead: (rest: unknown[]) => unknown): void => {
    const functions = target as Record<string, Remove | undefined>
    const real = functions[name]
    // fs.rm came with Node 14.14.
    if (real === undefined) return
    functions[name] = function (this: unknown, path, ...rest) {
      return isOurs(path) ? instead(rest) : real.call(this, path, ...rest)
    }
  }
  for (const name of ['unlink', 'rm']) {
    wrap(fs, `${name}Sync`, () => undefined)
    wrap(fs.promises, name, () => Promise.resolve())
    wrap(fs, name, (rest) => {
      const callback = rest[rest.length - 1]
      if (typeof callback === 'function') process.nextTick(callback as () => void, null)
    })
  }
  syncBuiltinESMExports()
}

/** '' for what is no path. */
function textOf(path: unknown): string {
  if (typeof path === 'string') return path
  if (Buffer.isBuffer(path)) return String(path)
  return path instanceof URL && path.protocol === 'file:' ? fileURLToPath(path) : ''
}
