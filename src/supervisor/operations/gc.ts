import type { Params, Reply } from '../../protocol/requests.ts'
import type { Garbage } from '../garbage.ts'

export const gc = (garbage: Garbage, params: Params<'gc'>): Promise<Reply<'gc'>> => garbage.collect(params)
