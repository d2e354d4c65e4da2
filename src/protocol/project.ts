/**
 * A project is a namespace with a directory. The name of a process in it is PROJECT/NAME in the daemon and on disk; no other name
 * holds a slash, so the parts are read from the name alone.
 */

const CHARS = 'A-Za-z0-9_.-'
/** Its folders stand beside the files of processes without a project. */
const LIKE_A_FILE = /\.(?:json|log|meta)$/
/** `none` is the option for no project. */
const OTHERWISE_MEANT: ReadonlySet<string> = new Set(['none', 'all', '.', '..'])

export const PROJECT_CHARS_MAX = 64
export const PROJECT_PATTERN = new RegExp(`^[${CHARS}]{1,${PROJECT_CHARS_MAX}}$`)

/** A name is a file name too; the slash behind a project separates a folder. */
export const NAME_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9_.@:+-]{0,119}$/
/** NAME, or PROJECT/NAME. */
export const FULL_NAME = new RegExp(`^(?:${PROJECT_PATTERN.source.slice(1, -1)}/)?${NAME_PATTERN.source.slice(1)}`)

/** Whether this can be the name of a process, and so part of a path. */
export function isFullName(name: string): boolean {
  const project = projectOf(name)
  return FULL_NAME.test(name) && (project === null || badProjectName(project) === null)
}

/** Why this cannot be the name of a project; null if it can. */
export function badProjectName(name: string): string | null {
  if (OTHERWISE_MEANT.has(name)) return `\`${name}\` means something else`
  if (LIKE_A_FILE.test(name)) return 'a project does not end in .json, .log or .meta'
  return PROJECT_PATTERN.test(name) ? null : `a project has letters, digits and . _ - (at most ${PROJECT_CHARS_MAX})`
}

/** The project in the name of a process; null = none. */
export function projectOf(fullName: string): string | null {
  const slash = fullName.indexOf('/')
  return slash < 0 ? null : fullName.slice(0, slash)
}

/** The name of a process inside its project. */
export const shortName = (fullName: string): string => fullName.slice(fullName.indexOf('/') + 1)

export const fullName = (project: string | null, name: string): string => (project === null ? name : `${project}/${name}`)

/** The name of the project of a directory or file, where it gives none itself. */
export function projectNameOf(baseName: string): string {
  const name = baseName.replace(new RegExp(`[^${CHARS}]`, 'g'), '-').slice(0, PROJECT_CHARS_MAX)
  if (name === '' || /^\.+$/.test(name)) return 'root'
  return badProjectName(name) === null ? name : `${name.slice(0, PROJECT_CHARS_MAX - 1)}-`
}

/** How a process is called in every reply. */
export interface Named {
  /** Inside its project. */
  name: string
  project: string | null
  /** PROJECT/NAME; the name alone without a project. */
  fullName: string
}

export const namesOf = (full: string): Named => ({ name: shortName(full), project: projectOf(full), fullName: full })

/** Where another directory has the name: the same one every time. */
export const otherProjectName = (wanted: string, directory: string): string =>
  `${wanted.slice(0, PROJECT_CHARS_MAX - 5)}-${fourDigits(directory)}`

/** FNV-1a, folded to 16 bits: it has to differ, and to be the same in every version. */
function fourDigits(text: string): string {
  let hash = 0x811c9dc5
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193)
  return ((hash >>> 16) ^ (hash & 0xffff)).toString(16).padStart(4, '0')
}
