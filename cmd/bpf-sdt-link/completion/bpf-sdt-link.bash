# bash completion for bpf-sdt-link: source <(bpf-sdt-link completion bash)
_bpf_sdt_link() {
	local cur=${COMP_WORDS[COMP_CWORD]} line ext
	case $cur in
	= | :) cur= ;; # bash takes them for words
	esac
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:none) compopt +o default +o bashdefault 2>/dev/null ;;
		:folders)
			compopt -o filenames 2>/dev/null
			while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
			;;
		:files*)
			# Those preferred, and folders to look for them in; without any, whatever there is.
			compopt -o filenames 2>/dev/null
			for ext in ${line#:files}; do
				while IFS= read -r line; do [ -d "$line" ] || COMPREPLY+=("$line"); done < <(compgen -f -X "!*.$ext" -- "$cur")
			done
			if [ ${#COMPREPLY[@]} -gt 0 ]; then
				while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -d -- "$cur")
			fi
			;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <("${COMP_WORDS[0]}" --generate-completion=bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o bashdefault -o default -F _bpf_sdt_link bpf-sdt-link
