/** `deploy` of an ecosystem file: ptrack does not deploy, but its variables are of what runs there, as in pm2 below those of the apps. */
import type { FieldNote } from '../file-process.ts'
import { fileNote, isRecord, Value } from './fields.ts'
import { pm2Env } from './pm2-values.ts'

export interface Deploy {
  /** Of the chosen environment. */
  env: Record<string, string>
  /** Environments with variables. */
  names: string[]
  notes: FieldNote[]
}

/** `file`: what the ecosystem file exports. Errors are BAD_FILE. */
export function readDeploy(file: unknown, envName: string | null): Deploy {
  if (!isRecord(file) || file.deploy === undefined) return { env: {}, names: [], notes: [] }
  const deploy = isRecord(file.deploy) ? file.deploy : {}
  const names = Object.keys(deploy).filter((name) => isRecord(deploy[name]) && deploy[name].env !== undefined)
  const ignored = fileNote('deploy', 'ignored', 'ptrack does not deploy')
  if (envName === null || !names.includes(envName)) return { env: {}, names, notes: [ignored] }
  const field = `deploy.${envName}.env`
  const { env } = deploy[envName] as { env: unknown }
  const kept = { ...fileNote(field, 'kept', 'below env and env_*, as in pm2'), became: 'env' }
  return { env: pm2Env(new Value(env, field, field)), names, notes: [ignored, kept] }
}
