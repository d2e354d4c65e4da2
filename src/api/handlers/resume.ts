import { resume as operation } from '../../supervisor/operations/resume.ts'
import type { Handler } from '../daemon-context.ts'

export const resume: Handler<'resume'> = ({ supervisor }, params) => operation(supervisor, params)
