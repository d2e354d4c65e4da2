/** What a definition says of log files, before it is taken: whether they can be written, and who else writes to them. */
import type { Definition } from '../../../protocol/definition.ts'
import { PtrackError } from '../../../protocol/errors.ts'
import { isStandard, logFilesOf, NOWHERE } from '../../../protocol/log-files.ts'
import type { Supervisor } from '../../create-supervisor.ts'

const filesOf = (definition: Definition): Set<string> => {
  const { outFile, errFile } = logFilesOf(definition)
  return new Set([outFile, errFile].filter((file) => file !== null && file !== NOWHERE) as string[])
}

/** What a job reports in its output would be counted for each process that writes to the same file. */
function refuseShared(one: Definition, files: ReadonlySet<string>, other: Definition): void {
  if (one.name === other.name || (one.kind !== 'job' && other.kind !== 'job')) return
  for (const file of filesOf(other)) {
    if (!files.has(file) || isStandard(file)) continue
    throw new PtrackError('USAGE', `cannot log ${one.name} to ${file}: ${other.name} does, and a job needs a file of its own`, {
      hint: one.instance === null ? 'name another file' : 'write {instance} in its name',
    })
  }
}

/** Definitions that come together, or one that changes. */
export function checkLogFiles({ world, registry }: Supervisor, definitions: readonly Definition[]): void {
  const files = definitions.map(filesOf)
  if (files.every(({ size }) => size === 0)) return
  for (const file of new Set(files.flatMap((own) => [...own]))) world.logs.check(file)
  definitions.forEach((definition, i) => {
    if (files[i]!.size === 0) return
    for (const other of definitions) refuseShared(definition, files[i]!, other)
    for (const { record } of registry.all()) refuseShared(definition, files[i]!, record.definition)
  })
}
