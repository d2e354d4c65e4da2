/** What reads and writes files of processes, with the parser and the schemas that takes: dist/ptrack-files.cjs. */
export { exportFiles } from './cli/extra/files/export.ts'
export { importFile } from './cli/extra/files/import.ts'
export { down, up } from './cli/extra/files/up.ts'
export { validate } from './cli/extra/files/validate.ts'
