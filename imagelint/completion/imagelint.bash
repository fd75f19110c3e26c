# bash completion of imagelint, for bash 3.2 or newer:
#   eval "$(imagelint completion bash)"
# or, for the completions of a system or a user, as the file bash-completion/completions/imagelint.
_imagelint() {
  local IFS=$'\n' kind='' line
  COMPREPLY=()
  # The imagelint of the search path, whatever path was typed: Tab runs nothing out of a folder.
  while IFS= read -r line; do
    if [ -z "$kind" ]; then
      kind=$line
    else
      COMPREPLY+=("${line%%$'\t'*}")
    fi
  done < <(command imagelint completion bash "${COMP_WORDS[*]:0:COMP_CWORD+1}$IFS" 2>/dev/null)
  # Where the answer is empty, bash lists files itself (-o default); compopt is there from bash 4 on.
  case $kind in
    files) ;;
    folders) compopt +o default -o dirnames 2>/dev/null || true ;;
    *) compopt +o default 2>/dev/null || true ;;
  esac
  case ${COMPREPLY[0]-} in
    *=) compopt -o nospace 2>/dev/null || true ;;
  esac
}
complete -o default -F _imagelint imagelint
