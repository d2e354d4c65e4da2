/** Why a file cannot be read or written, by errno; an unknown one is shown as it is. */
export function whyNot(code: string, doing: 'read' | 'write'): string {
  return code === 'EACCES' ? `it is not yours to ${doing}` : (WHY[code] ?? code)
}

const WHY: Record<string, string> = {
  ENOSPC: 'no space is left there',
  EROFS: 'it is on a file system that is read-only',
  EISDIR: 'it is a directory',
  ENOTDIR: 'a part of its path is no directory',
}
