/** Where a container's daemon keeps its files: the first place that can be written to. */
import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { runtimeHomes } from '../../../client/runtime-home.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import type { Context } from '../../context.ts'
import { whyNot } from '../up/why-not.ts'

/** `--home` is taken as it is. Throws DENIED. */
export function chooseHome(context: Context, named: string | undefined): string {
  if (named !== undefined) return resolve(named)
  const given = context.io.env.PTRACK_HOME
  const refused: string[] = []
  for (const home of [...(given ? [resolve(given)] : []), ...runtimeHomes()]) {
    const why = refusalOf(home)
    if (why === null) {
      if (refused.length > 0 && given) context.note(`PTRACK_HOME is not used: ${refused[0]}; the home is ${home}`)
      return home
    }
    refused.push(`${home}: ${why}`)
  }
  throw new PtrackError('DENIED', `cannot find a directory to write to: ${refused.join('; ')}`, {
    hint: 'give the container a tmpfs (`docker run --tmpfs /run`), or a volume and its path in PTRACK_HOME',
  })
}

/** null = it can be used. It is made where it is missing. */
function refusalOf(home: string): string | null {
  try {
    mkdirSync(home, { recursive: home !== '/run/ptrack', mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    if (code !== 'EEXIST') return whyNot(code, 'write')
  }
  try {
    // In /tmp anybody may have put something there.
    const stats = lstatSync(home)
    if (!stats.isDirectory()) return 'it is no directory'
    if (stats.uid !== process.getuid?.()) return `it belongs to the user with uid ${stats.uid}`
    if ((stats.mode & 0o002) !== 0) return 'everybody may write there'
    accessSync(home, constants.W_OK | constants.X_OK)
    return null
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === undefined) throw error
    return whyNot(code, 'write')
  }
}
