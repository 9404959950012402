# Completion of mailer for fish.
#   mailer completion fish > ~/.config/fish/completions/mailer.fish

function __mailer_complete
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -l prefix (string match -r -- '^--[^=]+=' $typed)
    set -l path (string replace -r -- '^--[^=]+=' '' $typed)
    # As it is meant: behind a quotation mark that is open, or with its backslashes resolved.
    if string match -q -r -- '^[\'"]' $path
        set path (string sub -s 2 -- $path)
    else
        set path (string unescape -- $path)
    end
    for told in (mailer completion --words fish $before[2..] "=$typed" 2>/dev/null)
        set -l rest (string sub -s 2 -- $told)
        switch $told
            case 'w*'
                printf '%s\n' $rest
            case d
                for found in (__fish_complete_directories $path)
                    printf '%s%s\n' "$prefix" $found
                end
            case 'f*'
                set -l ending (string escape --style=regex -- $rest)
                for found in (string match -r -- '^[^\t]*(?:/|'$ending')(?:\t.*)?$' (__fish_complete_path $path ''))
                    printf '%s%s\n' "$prefix" $found
                end
        end
    end
end

complete -c mailer -f -k -a '(__mailer_complete)'
