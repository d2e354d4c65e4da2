/** Metadata key for the file that a process came from; `--prune` ends only processes of the same file. */
export const FILE_KEY = 'ptrackYaml'

type Metadata = Readonly<Record<string, unknown>>

/** Absolute; null = no file brought it. */
export function fileOf(metadata: Metadata): string | null {
  const label = metadata[FILE_KEY] as { file?: unknown } | null | undefined
  return typeof label?.file === 'string' && label.file.startsWith('/') ? label.file : null
}

/** What a person or a program gave. */
export function givenMetadata(metadata: Metadata): Metadata {
  const { [FILE_KEY]: _label, ...given } = metadata
  return given
}
