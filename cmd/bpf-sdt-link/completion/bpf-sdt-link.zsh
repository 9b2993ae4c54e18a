#compdef bpf-sdt-link
# zsh completion for bpf-sdt-link: as _bpf-sdt-link in a folder of $fpath, or source <(bpf-sdt-link completion zsh)
_bpf_sdt_link() {
	local line kind found=1
	local -a words_ options_
	for line in "${(@f)$("${(Q)words[1]}" --generate-completion "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}"; do
		case $line in
		(:*) kind=$line ;;
		(-*) options_+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		(?*) words_+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( $#options_ )) && _describe -o option options_ && found=0
	(( $#words_ )) && _describe word words_ && found=0
	[[ $PREFIX = --*=* ]] && compset -P 1 '*='
	case $kind in
	(:folders) _files -/ && found=0 ;;
	(:files\ *) _files -g "*.(${${kind#:files }// /|})(-.)" && found=0 ;;
	(:files) _files && found=0 ;;
	esac
	return found
}
if [[ $funcstack[1] = _bpf-sdt-link ]]; then
	_bpf_sdt_link "$@"
else
	compdef _bpf_sdt_link bpf-sdt-link
fi
