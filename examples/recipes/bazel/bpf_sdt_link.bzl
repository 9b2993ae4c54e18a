"""bpf_link: compiles BPF C sources and links them into one object.

    load("//:bpf_sdt_link.bzl", "bpf_link")

    bpf_link(
        name = "filter",          # makes filter.o
        srcs = ["filter.bpf.c", "parse.bpf.c"],
        hdrs = ["filter.h"],
        link_options = ["--probes=call"],
    )

clang and bpf-sdt-link are those on PATH, unless the attributes `clang` and `linker` name others. bpf_sdt.h comes from
the linker.
"""

def _bpf_link_impl(ctx):
    linker = ctx.executable.linker.path if ctx.executable.linker else "bpf-sdt-link"
    clang = ctx.executable.clang.path if ctx.executable.clang else "clang"
    tools = [t for t in [ctx.executable.linker, ctx.executable.clang] if t]

    headers = ctx.actions.declare_directory(ctx.label.name + ".include")
    ctx.actions.run_shell(
        outputs = [headers],
        tools = tools,
        command = '"$1" header -o "$2"',
        arguments = [linker, headers.path],
        mnemonic = "BpfSdtHeader",
        use_default_shell_env = True,
    )

    objects = []
    for src in ctx.files.srcs:
        obj = ctx.actions.declare_file("%s.objects/%s.o" % (ctx.label.name, src.basename))
        args = ctx.actions.args()
        args.add(clang)
        args.add_all(["-O2", "-g", "-Wall", "-target", "bpf", "-mcpu=v3"])
        # No path of the sandbox in line information.
        args.add("-fdebug-compilation-dir=.")
        args.add(headers.path, format = "-I%s")
        args.add_all(ctx.attr.copts)
        args.add_all(["-c", src, "-o", obj])
        ctx.actions.run_shell(
            outputs = [obj],
            inputs = [src, headers] + ctx.files.hdrs,
            tools = tools,
            command = '"$@"',
            arguments = [args],
            mnemonic = "BpfCompile",
            progress_message = "Compiling %{input}",
            use_default_shell_env = True,
        )
        objects.append(obj)

    out = ctx.actions.declare_file(ctx.label.name + ".o")
    args = ctx.actions.args()
    args.add(linker)
    args.add_all(ctx.attr.link_options)
    args.add("-o", out)
    args.add_all(objects)
    ctx.actions.run_shell(
        outputs = [out],
        inputs = objects,
        tools = tools,
        command = '"$@"',
        arguments = [args],
        mnemonic = "BpfLink",
        progress_message = "Linking %{output}",
        use_default_shell_env = True,
    )
    return [DefaultInfo(files = depset([out]))]

bpf_link = rule(
    implementation = _bpf_link_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = [".c"], mandatory = True),
        "hdrs": attr.label_list(allow_files = [".h"]),
        "copts": attr.string_list(doc = "more options of clang"),
        "link_options": attr.string_list(doc = "options of bpf-sdt-link"),
        "clang": attr.label(executable = True, cfg = "exec", allow_single_file = True),
        "linker": attr.label(executable = True, cfg = "exec", allow_single_file = True),
    },
)
