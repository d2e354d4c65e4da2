/** A Dockerfile that runs a ptrack.yaml, and its .dockerignore. */
const IGNORED = ['node_modules', '.git', '.env', '.env.*', '*.log', 'Dockerfile', '.dockerignore']

/** `file`: the ptrack.yaml as it is called in the image; `isNode`: there is a package.json beside it. */
export function dockerfileText({ file, isNode, version }: { file: string; isNode: boolean; version: string }): string {
  const lines = [
    '# Written by `ptrack export --format dockerfile`.',
    'FROM node:22-slim',
    `RUN npm install --global ptrack@${version}`,
    'WORKDIR /app',
    ...(isNode ? ['COPY package*.json ./', 'RUN npm install --omit=dev'] : []),
    'COPY . .',
    '# No shell and no root is needed. Its files lie in /run/ptrack, or where that cannot be written to in /tmp or /dev/shm.',
    'USER node',
    'HEALTHCHECK --interval=10s CMD test -f /run/ptrack/ready || test -f "/tmp/ptrack-$(id -u)/ready" || test -f "/dev/shm/ptrack-$(id -u)/ready"',
    `ENTRYPOINT ["ptrack-init", ${JSON.stringify(file)}]`,
  ]
  return `${lines.join('\n')}\n`
}

export const dockerignoreText = (): string => `${IGNORED.join('\n')}\n`
