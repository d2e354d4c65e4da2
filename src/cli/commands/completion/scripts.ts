/** The scripts of `ptrack completion`: each passes the words to `ptrack complete` and its lines to the shell. */

export type Shell = 'bash' | 'zsh' | 'fish'

const bash = String.raw`# Completion of ptrack for bash: eval "$(ptrack completion bash)"
_ptrack() {
  local line=${'$'}{COMP_LINE:0:COMP_POINT} words current prefix candidate about
  # COMP_WORDS is broken at : and = too, which stand in names and options here.
  read -ra words <<<"$line"
  [[ $line == *[[:space:]] ]] && words+=("")
  current=${'$'}{words[-1]}
  prefix=
  if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then prefix=${'$'}{current%"${'$'}{current##*:}"}; fi
  if [[ $COMP_WORDBREAKS == *=* && ${'$'}{current#"$prefix"} == *=* ]]; then prefix=${'$'}{current%"${'$'}{current##*=}"}; fi
  COMPREPLY=()
  while IFS=$'\t' read -r candidate about; do
    case $candidate in
      :files) compopt -o filenames; mapfile -t -O ${'$'}{#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "${'$'}{current#"$prefix"}") ;;
      :directories) compopt -o filenames; mapfile -t -O ${'$'}{#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "${'$'}{current#"$prefix"}") ;;
      :command) compopt -o filenames; mapfile -t -O ${'$'}{#COMPREPLY[@]} COMPREPLY < <(compgen -c -f -- "$current") ;;
      *) COMPREPLY+=("${'$'}{candidate#"$prefix"}") ;;
    esac
  done < <(command ptrack complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -F _ptrack ptrack
`

const zsh = String.raw`#compdef ptrack
# Completion of ptrack for zsh: eval "$(ptrack completion zsh)", behind compinit; or as a file _ptrack in $fpath.
_ptrack() {
  local -a described
  local line candidate about rest=
  for line in "${'$'}{(@f)$(command ptrack complete -- "${'$'}{(@Q)words[2,CURRENT-1]}" "${'$'}{(Q)PREFIX}" 2>/dev/null)}"; do
    case $line in
      '') ;;
      :files | :directories | :command) rest=$line ;;
      *)
        candidate=${'$'}{line%%$'\t'*} about=
        [[ $line == *$'\t'* ]] && about=${'$'}{line#*$'\t'}
        described+=("${'$'}{candidate//:/\\:}${'$'}{about:+:$about}")
        ;;
    esac
  done
  # What stands in a value in front of = is no part of a file's name.
  [[ -n $rest && $PREFIX == --*=* ]] && compset -P 1 '*='
  case $rest in
    :files) _files ;;
    :directories) _files -/ ;;
    :command) _alternative 'commands:command:_command_names -e' 'files:file:_files' ;;
    *) (( $#described )) && _describe -V ptrack described ;;
  esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _ptrack "$@"; else compdef _ptrack ptrack; fi
`

const fish = `# Completion of ptrack for fish: ptrack completion fish >~/.config/fish/completions/ptrack.fish
function __ptrack_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (command ptrack complete -- $words[2..] "$current" 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (string replace -r '^--[^=]*=' '' -- "$current")
            case :directories
                __fish_complete_directories (string replace -r '^--[^=]*=' '' -- "$current") directory
            case :command
                complete -C (string escape -- "$current"; or echo)
                __fish_complete_path "$current"
            case '*'
                echo $line
        end
    end
end
complete -c ptrack -e
complete -c ptrack -k -f -a '(__ptrack_complete)'
`

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash, zsh, fish }
