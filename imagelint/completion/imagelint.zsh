#compdef imagelint
# zsh completion of imagelint:
#   source <(imagelint completion zsh)
# behind compinit, or as the file _imagelint in a folder of $fpath.
_imagelint() {
  local -a typed lines closed open
  local line value told ended=1
  typed=("${(@Q)words[1,CURRENT-1]}" "${(Q)PREFIX}" "")
  # The imagelint of the search path, whatever path was typed: Tab runs nothing out of a folder.
  lines=("${(@f)$(command imagelint completion zsh "${(pj:\n:)typed}" 2>/dev/null)}")
  case $lines[1] in
    files) compset -P '*='; _files; return ;;
    folders) compset -P '*='; _files -/; return ;;
  esac
  for line in "${(@)lines[2,-1]}"; do
    value=${line%%$'\t'*}
    told=${value//:/\\:}
    [[ $line == *$'\t'* ]] && told+=":${line#*$'\t'}"
    if [[ $value == *= ]]; then open+=("$told"); else closed+=("$told"); fi
  done
  (( $#closed )) && _describe imagelint closed && ended=0
  (( $#open )) && _describe imagelint open -S '' && ended=0
  return ended
}
if [[ ${funcstack[1]-} == _imagelint ]]; then
  _imagelint "$@"
else
  compdef _imagelint imagelint
fi
