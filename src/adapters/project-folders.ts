/** Folders of files per process: NAME.ext of those without a project, PROJECT/NAME.ext of the others. */
import { type Dirent, existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { projectOf } from '../protocol/project.ts'
import { unless, unlessAsync } from './errno.ts'

const ABSENT = ['ENOENT', 'ENOTDIR'] as const
const files = (entries: readonly Dirent[], folder = ''): string[] =>
  entries.filter((entry) => !entry.isDirectory()).map(({ name }) => `${folder}${name}`)
const folders = (entries: readonly Dirent[]): string[] => entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)

/** All of them, relative to the folder; none when it does not exist. */
export function listFiles(dir: string): string[] {
  const inside = (at: string): Dirent[] => unless([...ABSENT], [], () => readdirSync(at, { withFileTypes: true }))
  const entries = inside(dir)
  return [...files(entries), ...folders(entries).flatMap((name) => files(inside(join(dir, name)), `${name}/`))]
}

export async function listFilesAsync(dir: string): Promise<string[]> {
  const inside = (at: string): Promise<Dirent[]> => unlessAsync([...ABSENT], [], () => readdir(at, { withFileTypes: true }))
  const entries = await inside(dir)
  const nested = await Promise.all(folders(entries).map(async (name) => files(await inside(join(dir, name)), `${name}/`)))
  return [...files(entries), ...nested.flat()]
}

/** Makes the folder in which the files of this process are. */
export function makeFolder(dir: string, name: string): void {
  const project = projectOf(name)
  const folder = project === null ? dir : join(dir, project)
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true, mode: 0o700 })
}

/** Removes the folder of its project when nothing is in it. */
export function leaveFolder(dir: string, name: string): void {
  const project = projectOf(name)
  if (project !== null) unless(['ENOENT', 'ENOTEMPTY', 'EEXIST'], undefined, () => rmdirSync(join(dir, project)))
}
