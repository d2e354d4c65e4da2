import { projects as operation } from '../../supervisor/operations/projects.ts'
import type { Handler } from '../daemon-context.ts'

export const projects: Handler<'projects'> = ({ supervisor }, params) => operation(supervisor, params)
