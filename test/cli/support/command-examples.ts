/** One example for each command, in the order of docs/commands.md, where they are run one after the other in one home. */

/** For a terminal, a browser or a system of one's own: test/support/terminal.ts says how each is run. */
export const TYPED: Readonly<Record<string, string>> = {
  attach: 'ptrack attach repl',
  dev: 'ptrack dev',
  watch: 'ptrack watch --sort cpu',
  web: 'ptrack web --open',
  'daemon run': 'ptrack daemon stop\n$ ptrack daemon run --http 7077',
  'fleet create': 'ptrack fleet create --name n1',
  'fleet invite': 'ptrack fleet invite --role operator',
  'fleet join': 'ptrack fleet join nats://10.0.0.5:4222 --name n1',
  'fleet kick': 'ptrack fleet kick n3',
  'fleet doctor': 'ptrack fleet doctor',
  'fleet ls': 'ptrack fleet ls',
  'fleet jobs': 'ptrack fleet jobs',
  'fleet cancel': 'ptrack fleet cancel build',
  'fleet status': 'ptrack fleet status',
  'fleet leave': 'ptrack fleet leave',
  'systemd install': 'ptrack systemd install',
  'systemd uninstall': 'ptrack systemd uninstall',
}

export const EXAMPLES: Readonly<Record<string, string>> = {
  start: `ptrack start --name web --port auto -- sh -c 'exec python3 -m http.server "$PORT" --bind 127.0.0.1'`,
  run: `ptrack run --name tests --timeout 10m --retries 1 -- sh -c 'echo "all green"'`,
  stop: 'ptrack stop web --timeout 5s',
  restart: 'ptrack restart web',
  reload: `ptrack start --name api --instances 2 -- sleep 1000
ptrack reload api`,
  delete: 'ptrack delete tests --purge',
  pause: `ptrack start --name ticker -- sh -c 'while :; do date; sleep 0.2; done'
ptrack pause ticker`,
  resume: 'ptrack resume ticker',
  cancel: `ptrack run --name long -d -- sleep 1000
ptrack cancel long`,
  reset: 'ptrack reset ticker',
  keep: 'ptrack keep ticker',
  flush: 'ptrack flush ticker',
  signal: `ptrack start --name listener --health log:ready -- sh -c 'trap "echo again" HUP; echo ready; while :; do sleep 0.1; done'
ptrack wait listener --for healthy
ptrack signal HUP listener`,
  send: `ptrack start --tty --name repl -- python3 -q
ptrack send repl 'print(20 + 22)'`,
  exec: 'ptrack exec web -- pwd',
  scale: 'ptrack scale api 3',
  set: 'ptrack set ticker --max-memory 200M --stop-timeout 2s',
  up: `cat > ptrack.yaml <<'EOF'
processes:
  db: { command: sleep 1000 }
  migrate: { kind: job, command: echo migrated, after: db }
EOF
ptrack up`,
  down: 'ptrack down --delete',
  import: `echo 'clock: exec sleep 1000' > Procfile
ptrack import Procfile --dry-run`,
  validate: 'ptrack validate ptrack.yaml',
  health: 'ptrack health web',
  runtime: 'ptrack runtime --home ./container --name hello -- echo hello',
  export: 'ptrack export web ticker --format yaml -o exported.yaml',
  ls: `ptrack ls 'api:*' web --sort name --columns name,status,health`,
  show: 'ptrack show web',
  why: 'ptrack why web',
  tree: 'ptrack tree web',
  port: 'ptrack port 7077',
  projects: 'ptrack projects',
  logs: 'ptrack logs ticker -n 3 --timestamps',
  events: 'ptrack events ticker -n 3 --type statusChange',
  wait: 'ptrack wait web --for healthy --timeout 30s',
  env: 'ptrack env web --diff',
  results: `ptrack run --name measure -- sh -c 'for n in 1 2 3; do echo "::ptrack {\\"result\\":{\\"n\\":$n}}"; done'
ptrack results measure --format csv`,
  history: 'ptrack history --since 1h -n 3',
  stats: 'ptrack stats --type job --format json',
  types: 'ptrack types',
  progress: `ptrack run --name copy -- sh -c 'ptrack progress 40 -m "copying"; ptrack progress 100'`,
  step: `ptrack run --name deploy -- sh -c 'ptrack step build --status running; ptrack step build --status done'`,
  result: `ptrack run --name bench -- sh -c 'ptrack result "{\\"ms\\": 12}"'`,
  checkpoint: `ptrack run --name parts -- sh -c 'for n in 1 2 3; do ptrack checkpoint || exit 0; echo "part $n"; done'`,
  notify: `ptrack start --name slow --health notify -- sh -c 'echo loading; ptrack notify --ready; exec sleep 1000'
ptrack wait slow --for healthy --timeout 30s`,
  mcp: `echo '{"jsonrpc":"2.0","id":1,"method":"tools/list"}' | ptrack mcp | node -p 'JSON.parse(fs.readFileSync(0)).result.tools.length'`,
  'mcp install': 'ptrack mcp install --client vscode',
  'track start': 'ptrack track start backup --lease 5m > backup.id',
  'track update': 'ptrack track update "$(cat backup.id)" 50 -m "half of it"',
  'track end': 'ptrack track end "$(cat backup.id)"',
  policy: 'ptrack policy',
  'policy set': 'ptrack policy set batch --retries 3 --initial 1s --max 60s --timeout 2h',
  'policy get': `ptrack policy set nightly --retries 1
ptrack policy get nightly`,
  'policy delete': 'ptrack policy delete nightly',
  limits: 'ptrack limits',
  retention: 'ptrack retention',
  'retention set': 'ptrack retention set history 800d',
  gc: 'ptrack gc --dry-run',
  'limits set': 'ptrack limits set --global 8 --owner ci 2 --type benchmark 1',
  hooks: 'ptrack hooks',
  'hooks add': `ptrack hooks add --on failed,crash-loop 'exec:date >> failures.txt'`,
  'hooks delete': `ptrack hooks delete "$(ptrack hooks --json | node -p 'JSON.parse(fs.readFileSync(0))[0].id')"`,
  'hooks test': `ptrack hooks test 'exec:echo told'`,
  orphans: `ptrack run --name careless -- sh -c 'setsid sleep 600 > /dev/null 2>&1 & echo gone'
ptrack orphans`,
  'kill-orphan': 'ptrack kill-orphan careless --grace 1s',
  'daemon start': 'ptrack daemon start',
  'daemon stop': 'ptrack daemon stop',
  'daemon restart': 'ptrack daemon restart',
  'daemon status': 'ptrack daemon status',
  'daemon logs': 'ptrack daemon logs -n 3',
  token: 'ptrack token',
  'token create': 'ptrack token create ci --role operator --expires 30d',
  'token revoke': 'ptrack token revoke ci',
  doctor: 'ptrack doctor || echo "exit code $?"',
  'config get': 'ptrack config get logs.lines',
  'config set': 'ptrack config set logs.lines 50',
  'config ls': 'ptrack config ls',
  completion: 'ptrack completion bash > ptrack.bash',
  'context use': `echo ptk_of_the_other_machine | ptrack context use build --url http://127.0.0.1:7077 --token-stdin
ptrack context use local`,
  'context ls': 'ptrack context ls',
  'context rm': 'ptrack context rm build',
  'systemd print': 'ptrack systemd print --user',
}
