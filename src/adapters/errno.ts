/** The errno name (`ENOENT`) of an error from the system, or undefined: for catches that expect one errno and no other. */
export function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
