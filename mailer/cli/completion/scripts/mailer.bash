# Completion of mailer for bash.
#   mailer completion bash > ~/.local/share/bash-completion/completions/mailer
# or, without the package bash-completion, in ~/.bashrc: eval "$(mailer completion bash)"

_mailer() {
    local told found ending
    COMPREPLY=()
    while IFS= read -r told; do
        case $told in
        w*) COMPREPLY+=("${told:1}") ;;
        d | f*)
            compopt -o filenames 2>/dev/null
            while IFS= read -r found; do COMPREPLY+=("$found"); done < <(compgen -d -- "$2")
            [[ $told == d ]] && continue
            ending="!*${told:1}"
            [[ $told == f ]] && ending=
            while IFS= read -r found; do
                [[ -d $found ]] || COMPREPLY+=("$found")
            done < <(compgen -f ${ending:+-X "$ending"} -- "$2")
            ;;
        esac
    done < <(mailer completion --words bash "${COMP_LINE:0:COMP_POINT}" "$2" 2>/dev/null)
}

complete -o nosort -F _mailer mailer 2>/dev/null || complete -F _mailer mailer
