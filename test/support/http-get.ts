/** One request on a connection of its own, to a port of this machine or a unix socket; the body. Rejects with the system's error. */
import { get } from 'node:http'

export const httpGet = (at: number | string): Promise<string> =>
  new Promise((resolve, reject) => {
    const place = typeof at === 'number' ? { port: at } : { socketPath: at }
    get({ ...place, agent: false }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.once('end', () => resolve(body))
    }).once('error', reject)
  })
