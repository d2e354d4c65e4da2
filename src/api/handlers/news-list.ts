import { newsList as operation } from '../../supervisor/operations/news-list.ts'
import type { Handler } from '../daemon-context.ts'

export const newsList: Handler<'news.list'> = ({ supervisor }, params, { peer }) => operation(supervisor, params, peer)
