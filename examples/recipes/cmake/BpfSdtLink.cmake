# bpf_sdt_link(NAME SOURCES SOURCE... [FLAGS FLAG...] [LINK_OPTIONS OPTION...] [SKELETON])
#
# Compiles BPF C sources, and links them into NAME.o in the current binary folder. The target NAME builds it. FLAGS go to
# clang, and LINK_OPTIONS to bpf-sdt-link (--probes=call, say). With SKELETON there is NAME.skel.h as well, and a library
# NAME_skeleton: who links to it finds the header, and is built after it.
#
# Cache variables: BPF_CLANG, BPF_SDT_LINK, BPFTOOL.

find_program(BPF_CLANG clang REQUIRED)
find_program(BPF_SDT_LINK bpf-sdt-link REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin)

# The folder of bpf_sdt.h. Debian and Ubuntu have asm/types.h in a folder that clang does not search for this target.
execute_process(COMMAND "${BPF_SDT_LINK}" header --print-dir
	OUTPUT_VARIABLE BPF_SDT_INCLUDE OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
set(BPF_FLAGS -O2 -g -Wall -mcpu=v3 -idirafter "/usr/include/${CMAKE_HOST_SYSTEM_PROCESSOR}-linux-gnu" "-I${BPF_SDT_INCLUDE}")

function(bpf_sdt_link name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "SKELETON" "" "SOURCES;FLAGS;LINK_OPTIONS")
	set(objects)
	foreach(source IN LISTS arg_SOURCES)
		get_filename_component(source "${source}" ABSOLUTE)
		get_filename_component(base "${source}" NAME)
		set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir/${base}.o")
		add_custom_command(OUTPUT "${object}"
			COMMAND "${CMAKE_COMMAND}" -E make_directory "${CMAKE_CURRENT_BINARY_DIR}/${name}.dir"
			COMMAND "${BPF_CLANG}" ${BPF_FLAGS} ${arg_FLAGS} -target bpf -MD -MF "${object}.d" -c "${source}" -o "${object}"
			DEPENDS "${source}" DEPFILE "${object}.d" VERBATIM)
		list(APPEND objects "${object}")
	endforeach()

	set(output "${CMAKE_CURRENT_BINARY_DIR}/${name}.o")
	add_custom_command(OUTPUT "${output}"
		COMMAND "${BPF_SDT_LINK}" ${arg_LINK_OPTIONS} -o "${output}" ${objects}
		DEPENDS ${objects} VERBATIM)
	add_custom_target(${name} ALL DEPENDS "${output}")

	if(arg_SKELETON)
		set(skeleton "${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h")
		add_custom_command(OUTPUT "${skeleton}"
			COMMAND "${BPFTOOL}" gen skeleton "${output}" name ${name} > "${skeleton}"
			DEPENDS "${output}" ${name} VERBATIM)
		add_custom_target(${name}_skeleton_header DEPENDS "${skeleton}")
		add_library(${name}_skeleton INTERFACE "${skeleton}")
		target_include_directories(${name}_skeleton INTERFACE "${CMAKE_CURRENT_BINARY_DIR}")
		add_dependencies(${name}_skeleton ${name}_skeleton_header)
	endif()
endfunction()
