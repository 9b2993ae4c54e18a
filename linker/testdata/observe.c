/*
 * Load a program and observers of it with libbpf, run the program, and print what the observers saw. The tests of
 * linker/observe_*_test.go run it inside of a guest, so it is linked statically.
 *
 *	observe TARGET OBSERVER [=OFFSET] [+OBSERVER:PROGRAM:STUB]... PROGRAM...|?
 *
 * TARGET and OBSERVER are files, "+" attaches one observer, from an object of its own, to a subprogram of a program of
 * the target, and "=" sets a byte of the target's .rodata. The programs run, in this order, with a packet of 64 bytes;
 * then the first observer is detached and they run once more. Prints each program's result; then, for each observer, its
 * .bss; then the target's .bss and maps' first values. With "?" for programs it says "attached" and waits until standard
 * input ends.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>

enum { MAX = 64, PACKET = 64 };

struct observer {
	struct bpf_object *object;
	struct bpf_link *link;
};

static void die(const char *what, const char *name, int err)
{
	fprintf(stderr, "observe: %s %s: %s\n", what, name, strerror(err < 0 ? -err : err));
	exit(1);
}

static struct bpf_object *open_object(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	long err = libbpf_get_error(object);

	if (err)
		die("open", path, err);
	return object;
}

static void load(struct bpf_object *object, const char *path)
{
	int err = bpf_object__load(object);

	if (err)
		die("load", path, err);
}

static struct bpf_program *find(struct bpf_object *object, const char *name)
{
	struct bpf_program *program = bpf_object__find_program_by_name(object, name);

	if (!program)
		die("find", name, ENOENT);
	return program;
}

static int has_suffix(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

static void set_flag(struct bpf_object *target, size_t offset)
{
	struct bpf_map *map;
	char copy[4096];
	const void *value;
	size_t size;

	bpf_object__for_each_map(map, target) {
		if (!has_suffix(bpf_map__name(map), ".rodata"))
			continue;
		value = bpf_map__initial_value(map, &size);
		if (!value || size > sizeof(copy) || offset >= size)
			die("set a flag in", bpf_map__name(map), E2BIG);
		memcpy(copy, value, size);
		copy[offset] = 1;
		if (bpf_map__set_initial_value(map, copy, size))
			die("set a flag in", bpf_map__name(map), EINVAL);
		return;
	}
	die("find", ".rodata", ENOENT);
}

/* attach takes "observer:program:stub". */
static struct observer attach(struct bpf_object *target, const char *path, char *what)
{
	char *name = strtok(what, ":"), *of = strtok(NULL, ":"), *stub = strtok(NULL, ":");
	struct observer o = { open_object(path) };
	struct bpf_program *program, *chosen = find(o.object, name);
	int err;

	bpf_object__for_each_program(program, o.object)
		bpf_program__set_autoload(program, program == chosen);
	err = bpf_program__set_attach_target(chosen, bpf_program__fd(find(target, of)), stub);
	if (err)
		die("set the target of", name, err);
	load(o.object, name);
	o.link = bpf_program__attach(chosen);
	if (libbpf_get_error(o.link))
		die("attach", name, libbpf_get_error(o.link));
	return o;
}

static void run(struct bpf_object *target, const char *name)
{
	unsigned char packet[PACKET];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet, .data_size_in = sizeof(packet), .repeat = 1);
	int i, err;

	for (i = 0; i < PACKET; i++)
		packet[i] = i;
	err = bpf_prog_test_run_opts(bpf_program__fd(find(target, name)), &opts);
	if (err)
		die("run", name, err);
	printf("%s %d\n", name, opts.retval);
}

/* print_map prints the first value of an array. */
static void print_map(struct bpf_map *map, const char *as)
{
	unsigned char value[4096];
	unsigned int key = 0, i;
	int err;

	if (bpf_map__value_size(map) > sizeof(value))
		die("read", bpf_map__name(map), E2BIG);
	err = bpf_map_lookup_elem(bpf_map__fd(map), &key, value);
	if (err)
		die("read", bpf_map__name(map), err);
	printf("%s ", as);
	for (i = 0; i < bpf_map__value_size(map); i++)
		printf("%02x", value[i]);
	printf("\n");
}

static void print_data(struct bpf_object *object, const char *as)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		if (has_suffix(bpf_map__name(map), ".bss"))
			print_map(map, as);
		else if (!strchr(bpf_map__name(map), '.'))
			print_map(map, bpf_map__name(map));
	}
}

int main(int argc, char **argv)
{
	struct observer observers[MAX];
	struct bpf_object *target;
	int i, n = 0, programs;

	if (argc < 4) {
		fprintf(stderr, "usage: observe TARGET OBSERVER [=OFFSET] [+OBSERVER:PROGRAM:STUB]... PROGRAM...|?\n");
		return 2;
	}
	target = open_object(argv[1]);
	for (i = 3; i < argc && argv[i][0] == '='; i++)
		set_flag(target, strtoul(argv[i] + 1, NULL, 0));
	load(target, argv[1]);
	for (; i < argc && argv[i][0] == '+' && n < MAX; i++)
		observers[n++] = attach(target, argv[2], argv[i] + 1);
	if (i < argc && !strcmp(argv[i], "?")) {
		puts("attached");
		fflush(stdout);
		return getchar() != EOF;
	}
	for (programs = i; i < argc; i++)
		run(target, argv[i]);
	if (n)
		bpf_link__destroy(observers[0].link);
	for (i = programs; i < argc; i++)
		run(target, argv[i]);
	for (i = 0; i < n; i++)
		print_data(observers[i].object, "seen");
	print_data(target, "bss");
	return 0;
}
