/** Instances of a foreign file as one set of ptrack: NAME stands for all of them, NAME:0 for the first. */
import { type FileProcess, INSTANCE_OWN, type InstanceOwn } from '../file-process.ts'

const same = (a: unknown, b: unknown): boolean => JSON.stringify(a) === JSON.stringify(b)

/** `members` by index, each with its environment; the common part becomes that of the set. */
export function setOf(name: string, members: readonly FileProcess[]): FileProcess {
  const [first] = members
  const process = { ...first!, definition: { ...first!.definition, name } }
  if (members.length === 1) return process
  const differing = new Set(
    members.flatMap(({ env }) => Object.keys({ ...env, ...first!.env }).filter((key) => env[key] !== first!.env[key])),
  )
  const pick = (env: Record<string, string>, isOwn: boolean): Record<string, string> =>
    Object.fromEntries(Object.entries(env).filter(([key]) => differing.has(key) === isOwn))
  const fields = INSTANCE_OWN.filter((field) =>
    members.some(({ definition }) => !same(definition[field], first!.definition[field])),
  )
  return {
    ...process,
    env: pick(first!.env, false),
    instances: members.length,
    instanceEnv: differing.size === 0 ? [] : members.map(({ env }) => pick(env, true)),
    ...(fields.length > 0 && {
      instanceOwn: members.map(
        ({ definition }) => Object.fromEntries(fields.map((field) => [field, definition[field]])) as InstanceOwn,
      ),
    }),
  }
}

/** One instance is a plain process, with its variables among the others. */
export const withOwnVariables = (process: FileProcess): FileProcess =>
  process.instances > 1 ? process : { ...process, env: { ...process.env, ...process.instanceEnv[0] }, instanceEnv: [] }

/** For a ptrack.yaml: instances with fields of their own become NAME-0, NAME-1 ... tagged NAME; dependents wait for each. */
export function apart(processes: readonly FileProcess[]): FileProcess[] {
  const made = new Map(processes.map((one) => [one.definition.name, apartOne(one)]))
  return [...made.values()].flat().map((process) => {
    const after = process.definition.after?.flatMap((other) => {
      const [, base = other.name, index] = /^(.+):(\d+)$/.exec(other.name) ?? []
      const all = made.get(base) ?? []
      // A ptrack.yaml names sets, not their members.
      if (all.length <= 1) return [{ ...other, name: base }]
      const meant = index === undefined ? all : all.slice(Number(index), Number(index) + 1)
      return meant.map(({ definition }) => ({ ...other, name: definition.name }))
    })
    return after === undefined ? process : { ...process, definition: { ...process.definition, after } }
  })
}

function apartOne({ instanceOwn, ...process }: FileProcess): FileProcess[] {
  const { definition, env, instanceEnv } = process
  if (instanceOwn === undefined) return [process]
  return instanceOwn.map((own, index) => ({
    ...process,
    definition: {
      ...definition,
      ...own,
      name: `${definition.name}-${index}`,
      tags: [...(definition.tags ?? []), definition.name],
    },
    env: { ...env, ...instanceEnv[index] },
    instances: 1,
    instanceEnv: [],
  }))
}
