# fish completion for bpf-sdt-link: bpf-sdt-link completion fish | source
function __bpf_sdt_link
    set -l before (commandline -opc)
    set -l current (commandline -ct)
    # The value behind an equals sign.
    set -l value (string replace -r -- '^--[^=]*=' '' $current)
    set -l option (string sub -l (math (string length -- "$current") - (string length -- "$value")) -- "$current")
    for line in ($before[1] --generate-completion $before[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':none'
            case ':folders'
                printf "$option%s\n" (__fish_complete_directories "$value" '')
            case ':files*'
                # All files, those preferred first.
                set -l names (complete -C "__fish_command_without_completions $value")
                set -l last
                for name in $names
                    set -l path (string split -f 1 \t -- $name)
                    if set -l ext (string match -r '[^.]*$' -- $path); and contains -- $ext (string split ' ' -- $line)
                        echo $option$path
                    else
                        set -a last $option$path
                    end
                end
                printf '%s\n' $last
            case '*'
                echo $line
        end
    end
end
complete -c bpf-sdt-link -f -k -a '(__bpf_sdt_link)'
