# fish completion of imagelint:
#   imagelint completion fish | source
# or as the file imagelint.fish in ~/.config/fish/completions.
function __imagelint_complete
    set -l current (commandline -ct)
    # The imagelint of the search path, whatever path was typed: Tab runs nothing out of a folder.
    set -l typed (printf '%s\n' (commandline -opc) "$current" | string collect -N)
    set -l lines (command imagelint completion fish $typed 2>/dev/null)
    set -l path (string replace -r -- '^.*=' '' "$current")
    set -l before (string sub -l (math (string length -- "$current") - (string length -- "$path")) -- "$current")
    switch "$lines[1]"
        case files
            printf "$before%s\n" (__fish_complete_path "$path")
        case folders
            printf "$before%s\n" (__fish_complete_directories "$path")
        case words
            printf '%s\n' $lines[2..-1]
    end
end
complete -c imagelint -f -a '(__imagelint_complete)'
