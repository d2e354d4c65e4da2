/** Processes as the text of a ptrack.yaml that reads back as the same processes. */
import { Document, isScalar, Scalar, visit } from 'yaml'
import type { FileProcess } from '../file-process.ts'
import { referredTo } from '../references.ts'
import { escapeDollars } from './expand.ts'
import { entryFields } from './fields.ts'
import { SCHEMA_URL } from './schema.ts'

/** `project`: undefined = that of the directory in which the file will be. */
export function writePtrackYaml(processes: readonly FileProcess[], project?: string): string {
  const entries = processes.map((process) => [process.definition.name, entryOf(process)] as const)
  const document = new Document(
    { version: 1, ...(project === undefined ? {} : { project }), processes: new Map(entries) },
    { version: '1.2', merge: false },
  )
  visit(document, {
    Pair: (_, { key }) => {
      // Unquoted it would be a merge.
      if (isScalar(key) && key.value === '<<') key.type = Scalar.QUOTE_DOUBLE
    },
    Scalar: (key, node) => {
      if (key === 'key' || typeof node.value !== 'string') return
      const name = referredTo(node.value)
      node.value = name === null ? escapeDollars(node.value) : `\${${name}}`
      // Unquoted, its value would be read as a number where it looks like one.
      if (name !== null) node.type = Scalar.QUOTE_DOUBLE
    },
  })
  return `# yaml-language-server: $schema=${SCHEMA_URL}\n${document.toString({ lineWidth: 0, aliasDuplicateObjects: false } as never)}`
}

function entryOf({ definition, env, cleanEnv, instances, autostart, instanceEnv }: FileProcess): Record<string, unknown> {
  const { command, cwd, after, ...rest } = definition
  return {
    command: [...command],
    cwd,
    ...(instances > 1 ? { instances } : {}),
    ...(autostart ? {} : { autostart }),
    ...entryFields(rest),
    ...(after?.length ? { after: after.map((each) => `${each.name}:${each.condition}`) } : {}),
    ...(cleanEnv ? { cleanEnv } : {}),
    ...(Object.keys(env).length > 0 ? { env: new Map(Object.entries(env)) } : {}),
    ...(instanceEnv.length > 0 ? { instanceEnv: instanceEnv.map((own) => new Map(Object.entries(own))) } : {}),
  }
}
