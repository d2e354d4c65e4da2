/** Renames the logs of a deleted process when its name is reused. A marker file lets the next daemon finish a killed move. */
import { renameSync, rmSync } from 'node:fs'
import { listFiles, makeFolder } from '../project-folders.ts'
import { writeTextSync } from '../regular-file.ts'
import { formerName, ownerOfName } from './names.ts'
import { indexPath, roleOf } from './paths.ts'
import { TimeIndex } from './time-index.ts'

const MARKER = '.moving'

/** From NAME to NAME~ID; no rotation of them may be running. @param onStep called after each change on disk */
export function moveAside(dir: string, name: string, id: string, onStep: (step: string) => void): string {
  const former = formerName(name, id)
  writeTextSync(`${dir}/${former}${MARKER}`, '', 'w')
  onStep('move marked')
  moveFiles(dir, name, former, onStep)
  return former
}

export function finishMoves(dir: string): void {
  for (const file of listFiles(dir)) {
    if (!file.endsWith(MARKER)) continue
    const former = file.slice(0, -MARKER.length)
    const owner = ownerOfName(former)
    if (owner?.id) moveFiles(dir, owner.name, former, () => {})
  }
}

function moveFiles(dir: string, name: string, former: string, onStep: (step: string) => void): void {
  for (const file of listFiles(dir)) {
    const role = roleOf(file)
    // The writer of a temporary file looks for it under the name it gave it.
    if (role?.name !== name || role.temporary) continue
    renameSync(`${dir}/${file}`, `${dir}/${former}${file.slice(name.length)}`)
    onStep('moved')
  }
  rmSync(`${dir}/${former}${MARKER}`, { force: true })
  onStep('move done')
}

/** Files of one name get another's; those that are there already were moved before. Gives their new names. */
export function renameFiles(dir: string, files: readonly string[], name: string, to: string): string[] {
  if (files.length > 0) makeFolder(dir, to)
  return files.map((file) => {
    const moved = `${to}${file.slice(name.length)}`
    renameSync(`${dir}/${file}`, `${dir}/${moved}`)
    return moved
  })
}

/** The name under which the logs of this deleted process are kept; null when none are. */
export function keptUnder(dir: string, id: string): string | null {
  const files = listFiles(dir).map(roleOf)
  for (const role of files) if (role && ownerOfName(role.name)?.id === id) return role.name
  for (const role of files) if (role?.index && new TimeIndex(indexPath(dir, role.name), true).owner === id) return role.name
  return null
}
