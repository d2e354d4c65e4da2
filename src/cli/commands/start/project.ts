/** `--project` of a new process. */

import { basename } from 'node:path'
import { projectNameOf } from '../../../protocol/project.ts'
import type { Context } from '../../context.ts'
import { checkedName, chooseName, NONE } from '../../input/project-name.ts'

/** What a `start` request needs: a known project has its directory already, another gets this one. */
export async function chosenProject(
  context: Context,
  asked: string,
): Promise<{ project: string | null; projectDirectory?: string }> {
  if (asked === NONE) return { project: null }
  const { cwd } = context.io
  const known = await context.request('projects', {})
  if (asked === '.') {
    const here = (await context.client()).hello.project ?? null
    const project = here ?? chooseName(projectNameOf(basename(cwd)), cwd, known)
    context.names.enter(project)
    return here === null ? { project, projectDirectory: cwd } : { project }
  }
  const project = checkedName(asked)
  return known.some(({ name }) => name === project) ? { project } : { project, projectDirectory: cwd }
}
