/** What a unit and its like start, and whether it will still be there. */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { VERSION } from '../../../protocol/version.ts'
import type { Context } from '../../context.ts'

export interface Program {
  nodePath: string
  daemonScript: string
  cliScript: string
  version: string
}

const packageOf = (context: Context): string => join(dirname(context.io.daemonScript), '..')

export const programOf = (context: Context): Program => ({
  nodePath: process.execPath,
  daemonScript: context.io.daemonScript,
  cliScript: join(packageOf(context), 'bin/ptrack.js'),
  version: VERSION,
})

const again = '`ptrack systemd install` from its next place writes the unit anew'

/** What may make the unit start nothing one day; sentences for a person. */
export function risksOf(context: Context, home: string): string[] {
  const at = packageOf(context)
  const risks: string[] = []
  if (at.includes('/_npx/'))
    risks.push(`it runs from the cache of npx (${at}), which npm empties: install ptrack, and then the unit again`)
  else if (existsSync(join(at, '.git'))) risks.push(`it runs from a checkout, ${at}: when that is moved or removed, ${again}`)
  const versions = /^.*\/\.?(?:nvm|fnm|asdf|volta|nodenv|mise)\//.exec(process.execPath)
  if (versions) risks.push(`it runs with ${process.execPath}: when that version is removed, ${again}`)
  for (const path of [home, at]) if (/^\/(?:tmp|run|dev\/shm)\//.test(path)) risks.push(`${path} is probably emptied at a boot`)
  return risks
}
