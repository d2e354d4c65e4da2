/** The system calls of saving in one object, so that a test can let each of them fail in turn. */
import * as fs from 'node:fs/promises'
import { type OpenFlags, openFile, readText } from '../regular-file.ts'

export interface OpenFile {
  write(bytes: Uint8Array): Promise<{ bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

export interface FileSystem {
  open(path: string, flags: string, mode?: number): Promise<OpenFile>
  link(existing: string, path: string): Promise<void>
  copyFile(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  readFile(path: string): Promise<string>
}

export const realFileSystem: FileSystem = {
  // Only the directory is opened for reading, for its fsync.
  open: (path, flags) => (flags === 'r' ? fs.open(path, flags) : openFile(path, flags as OpenFlags)),
  link: fs.link,
  copyFile: (from, to) => fs.copyFile(from, to, fs.constants.COPYFILE_EXCL),
  rename: fs.rename,
  unlink: fs.unlink,
  readFile: readText,
}
