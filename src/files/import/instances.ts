/** Instances of a foreign file as processes of ptrack. */
import type { FileProcess } from '../file-process.ts'

/**
 * Instances share one environment. Those that have to differ (PORT of a Procfile, NODE_APP_INSTANCE) become processes of
 * their own, NAME-0 .. NAME-N, with the tag NAME; who waits for NAME waits for each of them.
 */
export function apart(processes: readonly FileProcess[]): FileProcess[] {
  const made = new Map(processes.map((one) => [one.definition.name, apartOne(one)]))
  return [...made.values()].flat().map((process) => {
    const { after } = process.definition
    if (after === undefined || after.length === 0) return process
    const each = after.flatMap((other) =>
      (made.get(other.name) ?? []).map(({ definition }) => ({ ...other, name: definition.name })),
    )
    return { ...process, definition: { ...process.definition, after: each } }
  })
}

function apartOne(process: FileProcess): FileProcess[] {
  const { definition, env, instances, instanceEnv } = process
  if (instances === 1 || instanceEnv.length === 0) return [{ ...process, env: { ...env, ...instanceEnv[0] }, instanceEnv: [] }]
  return instanceEnv.map((own, index) => ({
    ...process,
    definition: {
      ...definition,
      name: `${definition.name}-${index}`,
      tags: [...(definition.tags ?? []), definition.name],
    },
    env: { ...env, ...own },
    instances: 1,
    instanceEnv: [],
  }))
}
