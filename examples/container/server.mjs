import { createServer } from 'node:http'

const server = createServer((_, response) => response.end('hello from the container\n'))
server.listen(Number(process.env.PORT ?? 3000), () => console.log('listening'))
process.on('SIGTERM', () => server.close())
