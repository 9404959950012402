#compdef mailer
# Completion of mailer for zsh: put this file into a folder of $fpath as _mailer, before compinit runs;
# or in ~/.zshrc, after compinit: eval "$(mailer completion zsh)"

_mailer() {
    local told typed="${(Q)PREFIX}"
    local -a said values abouts shown
    local -i at widest=0
    said=("${(@f)$(mailer completion --words zsh "${(@Q)words[2,CURRENT-1]}" "=$typed" 2>/dev/null)}")
    # What is completed begins behind the sign: --each=letters.csv
    [[ $PREFIX == --*=* ]] && compset -P '*='
    for told in "${said[@]}"; do
        case $told in
            w*)
                values+=("${${told#w}%%$'\t'*}")
                abouts+=("${told#*$'\t'}")
                (( $#values[-1] > widest )) && widest=$#values[-1]
                ;;
            d) _files -/ ;;
            f) _files ;;
            f*) _files -g "*${told#f}" ;;
        esac
    done
    (( $#values )) || return
    for (( at = 1; at <= $#values; at++ )); do
        shown+=("${(mr:widest:)values[at]}${abouts[at]:+  -- ${abouts[at]}}")
    done
    compadd -l -V mailer -d shown -M 'm:{[:lower:][:upper:]}={[:upper:][:lower:]}' -a values
}

if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _mailer "$@"
else
    compdef _mailer mailer
fi
