/** Keeps unreadable files under other names before anything is overwritten: on a read-only disk, before the first write. */
import { hasCode } from '../errno.ts'
import { linkOrCopy, removeIfThere, temporaryName } from './atomic-file.ts'
import type { FileSystem } from './file-system.ts'

export const CORRUPT = 'corrupt'

export interface Aside {
  file: string
  /** Part of the name it is kept under: `corrupt`, `v0` (an older version, whole), `old`. */
  as: string
  /** What happens to its own name: left until the next write, freed, or given to the previous generation. */
  afterwards: 'leave' | 'remove' | 'replace'
}

export interface SetAside {
  /** Does what is left to do; rejects with the errno error that stopped it. */
  run(): Promise<void>
  /** Names under which unreadable files are kept. */
  quarantined: string[]
}

const TRIES = 1000

export function createSetAside(
  fs: FileSystem,
  files: { main: string; previous: string },
  todo: Aside[],
  wallMs: number,
): SetAside {
  const quarantined: string[] = []
  const stamp = new Date(wallMs).toISOString().replace(/[:.]/g, '-')

  async function keep({ file, as, afterwards }: Aside): Promise<void> {
    for (let n = 1; ; n++) {
      const name = `${files.main}.${as}-${stamp}${n === 1 ? '' : `-${n}`}`
      try {
        if ((await linkOrCopy(fs, file, name)) && as === CORRUPT) quarantined.push(name)
        break
      } catch (error) {
        // Never over what was kept before.
        if (!hasCode(error, 'EEXIST') || n === TRIES) throw error
      }
    }
    if (afterwards === 'remove') await removeIfThere(fs, file)
    if (afterwards !== 'replace') return
    const temporary = temporaryName(file)
    await removeIfThere(fs, temporary)
    await linkOrCopy(fs, files.previous, temporary)
    await fs.rename(temporary, file)
  }

  return {
    quarantined,
    run: async () => {
      for (let next = todo[0]; next !== undefined; next = todo[0]) {
        await keep(next)
        todo.shift()
      }
    },
  }
}
