/** Watches a directory and prints what it is told, until its stdin ends. */
import { createFileWatcher } from '../../../src/adapters/file-watcher.ts'

const watcher = createFileWatcher().watch(
  { cwd: process.argv[2]!, globs: ['**/*.js'], ignored: [] },
  {
    change: (path) => process.stdout.write(`changed ${path}\n`),
    error: (why) => process.stdout.write(`error ${why}\n`),
  },
)
process.stdin.on('end', () => watcher.close()).resume()
