/** A plan against what an earlier plan has made, and a file that is read back. */
import type { FileProcess } from '../../../src/files/file-process.ts'
import { type Existing, labelled, planUp } from '../../../src/files/plan.ts'
import { readPtrackYaml } from '../../../src/files/yaml/read.ts'
import { foretell } from '../../../src/protocol/definition-changes.ts'

export const FILE = '/a/ptrack.yaml'

/** As the daemon has them after a plan was applied. */
export const applied = (list: readonly FileProcess[]): Existing[] =>
  list.map((each) => ({
    name: each.definition.name,
    definitions: Array.from({ length: each.instances }, (_, index) => {
      const whole = foretell(labelled(each, FILE), {}, [])
      if (each.instances === 1) return whole
      const { name, ports } = whole
      return { ...whole, name: `${name}:${index}`, ports: ports.map((one) => one + index), instance: { of: name, index } }
    }),
    grouped: each.instances > 1,
    ended: false,
    lives: true,
    failed: false,
    env: each.env,
    instanceEnv: each.instanceEnv,
  }))

export const plan = (list: readonly FileProcess[], existing: Existing[]) =>
  planUp({ file: FILE, processes: list, existing, policies: {} })

export const readBack = (yaml: string, env: Record<string, string> = {}): FileProcess[] =>
  readPtrackYaml(FILE, { env, readText: () => yaml, readEnvFile: () => ({}) }).processes
