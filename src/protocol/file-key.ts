/** Metadata key for the file that a process came from; `--prune` ends only processes of the same file. */
export const FILE_KEY = 'ptrackYaml'
