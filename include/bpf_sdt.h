/* SPDX-License-Identifier: (LGPL-2.1 OR BSD-2-Clause) */
/*
 * bpf_sdt.h - static tracing probes for BPF programs (BPF SDT).
 *
 * A probe is declared once at file scope, with the types of its arguments, and placed in functions:
 *
 *	BPF_SDT_DECLARE2(my_trace, int, struct xdp_md *);
 *
 *	SEC("xdp") int prog(struct xdp_md *ctx)
 *	{
 *		int len = ctx->data_end - ctx->data;
 *
 *		BPF_SDT_PROBE2(my_trace, len, ctx);
 *		return XDP_PASS;
 *	}
 *
 * BPF_SDT_DECLARE, BPF_SDT_DECLARE1 ... 5	declare a probe of 0 ... 5 arguments
 * BPF_SDT_PROBE, BPF_SDT_PROBE1 ... 5		place it
 * BPF_SDT_DECLARE_N, BPF_SDT_TRACE		the same two, counting the arguments themselves
 * BPF_SDT_ENABLED				whether the loader has switched the probe on
 *
 * A probe has any number of sites, in inlined functions and unrolled loops as well. A site costs one NOP, and what it
 * takes to have each argument in a register. Declaring a probe again in the same way is harmless.
 *
 * Arguments
 * ---------
 * An argument is evaluated once, from left to right, whether the probe is observed or not. Its declared type is an
 * integer, an enum, _Bool, a pointer, or a struct or union by value, 1 to 8 bytes wide; const and volatile on the type
 * itself (not on what it points to) are dropped, as on any parameter. What is passed must have that type once arrays
 * and functions have become pointers and its own const and volatile are dropped. Integers are not promoted, widened or
 * narrowed: a long for an int is an error, and so is an int for a long (a cast says what is meant). What passes beside
 * the type itself cannot change the value on its way:
 *
 *  - an integer constant expression (a literal, an enumerator, sizeof) that the declared integer or enum type can
 *    hold: 5 passes for an unsigned char or an unsigned long, 300 not for the one and -1 not for the other;
 *  - an int for a _Bool, because comparisons and && are int in C; it is converted as an assignment would, to 0 or 1;
 *  - a pointer that C converts to the declared one without losing a qualifier or guessing at a type: char * for
 *    const char *, any object pointer for void *, NULL (as (void *)0) for any pointer.
 *
 * A wrong type or a wrong number of arguments is a compile error that names the probe and the argument.
 *
 * Probes that are switched on
 * ---------------------------
 * An argument that is dear to compute costs as much when nobody observes. Ask first:
 *
 *	if (BPF_SDT_ENABLED(my_trace)) {
 *		struct summary s = summary_of(ctx);
 *
 *		BPF_SDT_PROBE2(my_trace, s.len, ctx);
 *	}
 *
 * BPF_SDT_ENABLED(name) is the value of bpf_sdt_enabled_<name>, a flag in .rodata that all objects of a program share.
 * It is false unless the loader sets it before it loads the program: skel->rodata->bpf_sdt_enabled_my_trace = true
 * with libbpf's skeletons, sdt.Enable(spec, "my_trace") in Go. Contents of .rodata are known to the verifier, which
 * removes the branch, and all of the block where the flag is false; what is left is the load of one byte. Observing
 * does not set the flag, and a probe outside of such an if does not depend on it.
 *
 * The header declares the flag, and the linker defines it for the probes that ask. An object that goes to a loader
 * without a linker has to define it itself: BPF_SDT_DEFINE_ENABLED.
 *
 * Switches, to be defined before the header is included
 * -----------------------------------------------------
 * BPF_SDT_DISABLE	Probes compile to nothing: no code, no notes, no BTF. Arguments are checked, never evaluated.
 *			BPF_SDT_ENABLED is 0.
 * BPF_SDT_BARE_LABELS	The label of a site is ___sdt_jt_<name>, as the kernel RFC has it, without the suffix that
 *			tells sites apart. Meant for objects that no linker will see, and good for one site a probe in
 *			an object: a second one, by inlining or unrolling too, fails to assemble.
 * BPF_SDT_DEFINE_ENABLED
 *			Declaring a probe defines its flag as well, weakly, so that several objects may. Meant for
 *			objects that no linker will see.
 *
 * Needs clang 14 or later, and includes nothing. With BPF_SDT_DISABLE gcc takes it as well, for any target.
 *
 * What comes out of it
 * --------------------
 *  code section          goto +0 at the site: 05 00 00 00 00 00 00 00
 *  .bpf_sdt_notes        8 bytes: where that NOP is in its section (R_BPF_64_ABS64 against the section's symbol), then
 *                        an instruction r<i> = rX an argument, never executed: it tells the register X of argument i.
 *                        The bits of X above the width of the argument's type are unspecified. An entry starts
 *                        at the local symbol ___sdt_jt_<name>.<number>
 *  .debug_bpf_sdt_types  __sdt_type_<name>, a static const function pointer: carries the argument types to BTF, with a
 *                        decl tag bpf_sdt:<name>:<number of arguments>
 *  .debug_bpf_sdt_chk    __sdt_chk_<name>_<i>, a variable of the type of argument i: what the checks compare with
 *  bpf_sdt_enabled_<name>
 *                        where BPF_SDT_ENABLED is used, an undefined symbol and an extern VAR of no DATASEC, of type
 *                        const volatile _Bool; with BPF_SDT_DEFINE_ENABLED a weak variable in .rodata, used or not
 */
#ifndef __BPF_SDT_H
#define __BPF_SDT_H

#ifdef __cplusplus
#error "bpf_sdt.h is for C: its type checks need _Static_assert on C types, BPF programs in C++ are not supported"
#endif

#ifndef BPF_SDT_DISABLE
#if !defined(__bpf__) && !defined(__BPF__)
#error "bpf_sdt.h is for BPF programs: compile with -target bpf, or define BPF_SDT_DISABLE to compile the probes away"
#endif
#ifndef __clang__
#error "bpf_sdt.h needs clang 14 or later, or BPF_SDT_DISABLE to compile the probes away"
#elif !__has_attribute(__btf_decl_tag__)
#error "bpf_sdt.h needs clang 14 or later: this one has no btf_decl_tag, without which a probe has no types"
#endif
#endif

/* ---- Declarations ------------------------------------------------------------------------------------------------ */

#define BPF_SDT_DECLARE(name)                                                                                          \
	__BPF_SDT_ABSENT(name, 1);                                                                                     \
	__BPF_SDT_ABSENT(name, 2);                                                                                     \
	__BPF_SDT_ABSENT(name, 3);                                                                                     \
	__BPF_SDT_ABSENT(name, 4);                                                                                     \
	__BPF_SDT_ABSENT(name, 5);                                                                                     \
	__BPF_SDT_TYPE(name, 0, (void))

#define BPF_SDT_DECLARE1(name, t1)                                                                                     \
	__BPF_SDT_PARAM(name, 1, t1);                                                                                  \
	__BPF_SDT_ABSENT(name, 2);                                                                                     \
	__BPF_SDT_ABSENT(name, 3);                                                                                     \
	__BPF_SDT_ABSENT(name, 4);                                                                                     \
	__BPF_SDT_ABSENT(name, 5);                                                                                     \
	__BPF_SDT_TYPE(name, 1, (__BPF_SDT_T(name, 1)))

#define BPF_SDT_DECLARE2(name, t1, t2)                                                                                 \
	__BPF_SDT_PARAM(name, 1, t1);                                                                                  \
	__BPF_SDT_PARAM(name, 2, t2);                                                                                  \
	__BPF_SDT_ABSENT(name, 3);                                                                                     \
	__BPF_SDT_ABSENT(name, 4);                                                                                     \
	__BPF_SDT_ABSENT(name, 5);                                                                                     \
	__BPF_SDT_TYPE(name, 2, (__BPF_SDT_T(name, 1), __BPF_SDT_T(name, 2)))

#define BPF_SDT_DECLARE3(name, t1, t2, t3)                                                                             \
	__BPF_SDT_PARAM(name, 1, t1);                                                                                  \
	__BPF_SDT_PARAM(name, 2, t2);                                                                                  \
	__BPF_SDT_PARAM(name, 3, t3);                                                                                  \
	__BPF_SDT_ABSENT(name, 4);                                                                                     \
	__BPF_SDT_ABSENT(name, 5);                                                                                     \
	__BPF_SDT_TYPE(name, 3, (__BPF_SDT_T(name, 1), __BPF_SDT_T(name, 2), __BPF_SDT_T(name, 3)))

#define BPF_SDT_DECLARE4(name, t1, t2, t3, t4)                                                                         \
	__BPF_SDT_PARAM(name, 1, t1);                                                                                  \
	__BPF_SDT_PARAM(name, 2, t2);                                                                                  \
	__BPF_SDT_PARAM(name, 3, t3);                                                                                  \
	__BPF_SDT_PARAM(name, 4, t4);                                                                                  \
	__BPF_SDT_ABSENT(name, 5);                                                                                     \
	__BPF_SDT_TYPE(name, 4, (__BPF_SDT_T(name, 1), __BPF_SDT_T(name, 2), __BPF_SDT_T(name, 3),                     \
				 __BPF_SDT_T(name, 4)))

#define BPF_SDT_DECLARE5(name, t1, t2, t3, t4, t5)                                                                     \
	__BPF_SDT_PARAM(name, 1, t1);                                                                                  \
	__BPF_SDT_PARAM(name, 2, t2);                                                                                  \
	__BPF_SDT_PARAM(name, 3, t3);                                                                                  \
	__BPF_SDT_PARAM(name, 4, t4);                                                                                  \
	__BPF_SDT_PARAM(name, 5, t5);                                                                                  \
	__BPF_SDT_TYPE(name, 5, (__BPF_SDT_T(name, 1), __BPF_SDT_T(name, 2), __BPF_SDT_T(name, 3),                     \
				 __BPF_SDT_T(name, 4), __BPF_SDT_T(name, 5)))

/* ---- Sites ------------------------------------------------------------------------------------------------------- */

/*
 * All checks come before all evaluations, so that the first error of a wrong use is the one in plain words. The braces
 * around an argument's check keep its typedefs to itself.
 */
#define BPF_SDT_PROBE(name)                                                                                            \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 0);                                                                        \
		__BPF_SDT_SITE(name, "", __BPF_SDT_NO_INPUT);                                                          \
	} while (0)

#define BPF_SDT_PROBE1(name, a1)                                                                                       \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 1);                                                                        \
		__BPF_SDT_CHECK_ARG(name, 1, a1);                                                                      \
		__BPF_SDT_EVALUATE {                                                                                   \
			__BPF_SDT_T(name, 1) __sdt_a1 = (a1);                                                          \
			__BPF_SDT_SITE(name, __BPF_SDT_MOVE(1), __BPF_SDT_INPUT(1));                                   \
		}                                                                                                      \
	} while (0)

#define BPF_SDT_PROBE2(name, a1, a2)                                                                                   \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 2);                                                                        \
		__BPF_SDT_CHECK_ARG(name, 1, a1);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 2, a2);                                                                      \
		__BPF_SDT_EVALUATE {                                                                                   \
			__BPF_SDT_T(name, 1) __sdt_a1 = (a1);                                                          \
			__BPF_SDT_T(name, 2) __sdt_a2 = (a2);                                                          \
			__BPF_SDT_SITE(name, __BPF_SDT_MOVE(1) __BPF_SDT_MOVE(2),                                      \
				       __BPF_SDT_INPUT(1), __BPF_SDT_INPUT(2));                                        \
		}                                                                                                      \
	} while (0)

#define BPF_SDT_PROBE3(name, a1, a2, a3)                                                                               \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 3);                                                                        \
		__BPF_SDT_CHECK_ARG(name, 1, a1);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 2, a2);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 3, a3);                                                                      \
		__BPF_SDT_EVALUATE {                                                                                   \
			__BPF_SDT_T(name, 1) __sdt_a1 = (a1);                                                          \
			__BPF_SDT_T(name, 2) __sdt_a2 = (a2);                                                          \
			__BPF_SDT_T(name, 3) __sdt_a3 = (a3);                                                          \
			__BPF_SDT_SITE(name, __BPF_SDT_MOVE(1) __BPF_SDT_MOVE(2) __BPF_SDT_MOVE(3),                    \
				       __BPF_SDT_INPUT(1), __BPF_SDT_INPUT(2), __BPF_SDT_INPUT(3));                    \
		}                                                                                                      \
	} while (0)

#define BPF_SDT_PROBE4(name, a1, a2, a3, a4)                                                                           \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 4);                                                                        \
		__BPF_SDT_CHECK_ARG(name, 1, a1);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 2, a2);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 3, a3);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 4, a4);                                                                      \
		__BPF_SDT_EVALUATE {                                                                                   \
			__BPF_SDT_T(name, 1) __sdt_a1 = (a1);                                                          \
			__BPF_SDT_T(name, 2) __sdt_a2 = (a2);                                                          \
			__BPF_SDT_T(name, 3) __sdt_a3 = (a3);                                                          \
			__BPF_SDT_T(name, 4) __sdt_a4 = (a4);                                                          \
			__BPF_SDT_SITE(name, __BPF_SDT_MOVE(1) __BPF_SDT_MOVE(2) __BPF_SDT_MOVE(3) __BPF_SDT_MOVE(4),  \
				       __BPF_SDT_INPUT(1), __BPF_SDT_INPUT(2), __BPF_SDT_INPUT(3),                     \
				       __BPF_SDT_INPUT(4));                                                            \
		}                                                                                                      \
	} while (0)

#define BPF_SDT_PROBE5(name, a1, a2, a3, a4, a5)                                                                       \
	do {                                                                                                           \
		__BPF_SDT_CHECK_COUNT(name, 5);                                                                        \
		__BPF_SDT_CHECK_ARG(name, 1, a1);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 2, a2);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 3, a3);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 4, a4);                                                                      \
		__BPF_SDT_CHECK_ARG(name, 5, a5);                                                                      \
		__BPF_SDT_EVALUATE {                                                                                   \
			__BPF_SDT_T(name, 1) __sdt_a1 = (a1);                                                          \
			__BPF_SDT_T(name, 2) __sdt_a2 = (a2);                                                          \
			__BPF_SDT_T(name, 3) __sdt_a3 = (a3);                                                          \
			__BPF_SDT_T(name, 4) __sdt_a4 = (a4);                                                          \
			__BPF_SDT_T(name, 5) __sdt_a5 = (a5);                                                          \
			__BPF_SDT_SITE(name, __BPF_SDT_MOVE(1) __BPF_SDT_MOVE(2) __BPF_SDT_MOVE(3) __BPF_SDT_MOVE(4)   \
				       __BPF_SDT_MOVE(5),                                                              \
				       __BPF_SDT_INPUT(1), __BPF_SDT_INPUT(2), __BPF_SDT_INPUT(3),                     \
				       __BPF_SDT_INPUT(4), __BPF_SDT_INPUT(5));                                        \
		}                                                                                                      \
	} while (0)

/* ---- Flags ------------------------------------------------------------------------------------------------------- */

/* Over a second macro, as in a declaration, so that a name that is a macro becomes the same name in both. */
#define BPF_SDT_ENABLED(name) __BPF_SDT_READ_FLAG(name)

/* Disabled, it still wants a declared probe. The form is one that clang's -Wunreachable-code takes for meant. */
#ifdef BPF_SDT_DISABLE
#define __BPF_SDT_READ_FLAG(name) (0 && sizeof(__sdt_declared_##name))
#else
#define __BPF_SDT_READ_FLAG(name) (bpf_sdt_enabled_##name)
#endif

/* ---- The forms that count ---------------------------------------------------------------------------------------- */

/*
 * BPF_SDT_DECLARE_N(name, types...) and BPF_SDT_TRACE(name, arguments...). The name is a part of the "..." because C
 * before C23 wants at least one argument there, and a probe may have none.
 */
#define BPF_SDT_DECLARE_N(...)                                                                                         \
	__BPF_SDT_COUNTED(__VA_ARGS__, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, DECLARE5, DECLARE4, DECLARE3, \
			  DECLARE2, DECLARE1, DECLARE, )(__VA_ARGS__)
#define BPF_SDT_TRACE(...)                                                                                             \
	__BPF_SDT_COUNTED(__VA_ARGS__, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, TOO_MANY, PROBE5, PROBE4, PROBE3,       \
			  PROBE2, PROBE1, PROBE, )(__VA_ARGS__)

#define __BPF_SDT_COUNTED(name, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, macro, ...) BPF_SDT_##macro
#define BPF_SDT_TOO_MANY(name, ...) _Static_assert(0, "BPF_SDT: probe '" #name "' has more than 5 arguments")

/* ---- Types ------------------------------------------------------------------------------------------------------- */

/* The type of argument i of a declared probe, unqualified. */
#define __BPF_SDT_T(name, i) __typeof__(__sdt_chk_##name##_##i)

/* The type an expression, or an object of a type, has as a value: a comma's right operand is always converted. */
#define __BPF_SDT_VALUE_OF(x) __typeof__((void)0, (x))
#define __BPF_SDT_UNQUALIFIED(t) __BPF_SDT_VALUE_OF(*(__typeof__(t) *)0)

/* __builtin_classify_type as clang has it; older ones call char, enum and _Bool (2, 3, 4) integers (1). */
#define __BPF_SDT_CLASS(t) __builtin_classify_type(*(t *)0)
#define __BPF_SDT_IS_INTEGER(t) (__BPF_SDT_CLASS(t) >= 1 && __BPF_SDT_CLASS(t) <= 4)
#define __BPF_SDT_IS_POINTER(t) (__BPF_SDT_CLASS(t) == 5)
#define __BPF_SDT_IS_AGGREGATE(t) (__BPF_SDT_CLASS(t) == 12 || __BPF_SDT_CLASS(t) == 13)
#define __BPF_SDT_IS_VALUE(t)                                                                                          \
	(__BPF_SDT_IS_INTEGER(t) || __BPF_SDT_IS_POINTER(t) || __BPF_SDT_IS_AGGREGATE(t))

/*
 * One argument of a declaration. The extern comes first for -Wmissing-variable-declarations, and so that a struct tag
 * first seen in the argument's type belongs to the file and not to the parameter list in __BPF_SDT_TYPE. An array or
 * a function would become a pointer here, as in a parameter list; it is refused, for whoever writes char[16] expects
 * the 16 bytes.
 */
#define __BPF_SDT_PARAM(name, i, ...)                                                                                  \
	extern __BPF_SDT_UNQUALIFIED(__VA_ARGS__) __sdt_chk_##name##_##i __BPF_SDT_IN_CHK;                             \
	_Static_assert(__BPF_SDT_IS_VALUE(__BPF_SDT_T(name, i)) &&                                                     \
			       __builtin_types_compatible_p(__typeof__(__VA_ARGS__), __BPF_SDT_T(name, i)),            \
		       "BPF_SDT: argument " #i " of probe '" #name                                                     \
		       "' is declared with a type other than an integer, enum, _Bool, pointer, struct or union");      \
	_Static_assert(sizeof(__BPF_SDT_T(name, i)) >= 1 && sizeof(__BPF_SDT_T(name, i)) <= 8,                         \
		       "BPF_SDT: argument " #i " of probe '" #name                                                     \
		       "' is declared with a type that is not 1 to 8 bytes wide")                                      \
		__BPF_SDT_DEFINE_CHK(name, i)

/*
 * An argument that a probe does not have. It is declared all the same, and never used or defined, so that a use with too
 * many arguments is told once that they are too many and not once more for every mention of the missing ones.
 */
#define __BPF_SDT_ABSENT(name, i) extern int __sdt_chk_##name##_##i

/* ---- Checks of a use --------------------------------------------------------------------------------------------- */

/* A typedef of char[n + 1] keeps the number of arguments, since a typedef may be repeated and an enum may not. */
#define __BPF_SDT_DECLARED(name) (sizeof(__sdt_declared_##name) - 1)

#define __BPF_SDT_CHECK_COUNT(name, used)                                                                              \
	__BPF_SDT_CHECK_NOT(name, 0, used);                                                                            \
	__BPF_SDT_CHECK_NOT(name, 1, used);                                                                            \
	__BPF_SDT_CHECK_NOT(name, 2, used);                                                                            \
	__BPF_SDT_CHECK_NOT(name, 3, used);                                                                            \
	__BPF_SDT_CHECK_NOT(name, 4, used);                                                                            \
	__BPF_SDT_CHECK_NOT(name, 5, used)

/* One assertion for each count it may have been declared with: a message is a literal and cannot print a number. */
#define __BPF_SDT_CHECK_NOT(name, declared, used)                                                                      \
	_Static_assert(declared == used || __BPF_SDT_DECLARED(name) != declared,                                       \
		       "BPF_SDT: probe '" #name "' is declared with " #declared " argument(s) and used with " #used)

/*
 * Whether x may be passed as argument i. An operand of typeof is not evaluated; _Generic and sizeof would do the same
 * with a warning where x has side effects. The typedefs spare expansions of x, which may be as large as a
 * BPF_CORE_READ: __sdt_x is its type, __sdt_c says by its size whether it is an integer constant, and __sdt_ok whether
 * it passes beside its type. clang prints the condition that fails: this one shows both types.
 */
#ifdef __clang__
#define __BPF_SDT_CHECK_ARG(name, i, x)                                                                                \
	do {                                                                                                           \
		typedef __BPF_SDT_VALUE_OF(x) __sdt_x;                                                                 \
		typedef char __sdt_c[__BPF_SDT_IS_CONSTANT(__sdt_x, x) ? 2 : 1];                                       \
		typedef char __sdt_ok[__BPF_SDT_HOLDS(__BPF_SDT_T(name, i), x) ||                                      \
						      __BPF_SDT_TRUTH(__BPF_SDT_T(name, i)) ||                         \
						      __BPF_SDT_POINTS(__BPF_SDT_T(name, i), x)                        \
					      ? 2                                                                      \
					      : 1];                                                                    \
		_Static_assert(__builtin_types_compatible_p(__BPF_SDT_T(name, i), __sdt_x) || sizeof(__sdt_ok) == 2,   \
			       "BPF_SDT: argument " #i " of probe '" #name                                             \
			       "' is not of the type it is declared with");                                            \
	} while (0)
#else
/* With the probes disabled a host's compiler may come by here; what it checks is the assignment in the dead code. */
#define __BPF_SDT_CHECK_ARG(name, i, x) (void)0
#endif

/*
 * Whether x, of type t, is an integer constant expression: only then is zero times x a null pointer constant, which
 * gives way to the int * beside it. __builtin_constant_p would accept a const variable too, which C does not take as
 * a constant where the next check needs one.
 */
#define __BPF_SDT_IS_CONSTANT(t, x)                                                                                    \
	(__BPF_SDT_IS_INTEGER(t) &&                                                                                    \
	 __builtin_types_compatible_p(                                                                                 \
		 __typeof__(1 ? (void *)(0 * (long)__builtin_choose_expr(__BPF_SDT_IS_INTEGER(t), (x), 0)) : (int *)0),\
		 int *))

/* An integer constant that t can hold. __int128 holds every value of both types, so it compares values, not bits. */
#define __BPF_SDT_HOLDS(t, x)                                                                                          \
	(__BPF_SDT_IS_INTEGER(t) && sizeof(__sdt_c) == 2 &&                                                            \
	 (__int128)(__BPF_SDT_ONLY_IF(__BPF_SDT_IS_INTEGER(t), *(t *)0, 0))__BPF_SDT_CONSTANT(x) ==                    \
		 (__int128)__BPF_SDT_CONSTANT(x))
#define __BPF_SDT_CONSTANT(x) __builtin_choose_expr(sizeof(__sdt_c) == 2, (x), 0)

#define __BPF_SDT_TRUTH(t) (__builtin_types_compatible_p(t, _Bool) && __builtin_types_compatible_p(__sdt_x, int))

/* A pointer that becomes a t beside another t: C's ?: merges qualifiers, and takes void * and null constants along. */
#define __BPF_SDT_POINTS(t, x)                                                                                         \
	(__BPF_SDT_IS_POINTER(t) && __BPF_SDT_IS_POINTER(__sdt_x) &&                                                   \
	 __builtin_types_compatible_p(                                                                                 \
		 t, __typeof__(1 ? __builtin_choose_expr(__BPF_SDT_IS_POINTER(__sdt_x), (x), *(void **)0)              \
				 : *(__BPF_SDT_ONLY_IF(__BPF_SDT_IS_POINTER(t), *(t *)0, (void *)0) *)0)))

/* The type of x where the condition holds, else that of y: every operand must compile, even beside a false one. */
#define __BPF_SDT_ONLY_IF(condition, x, y) __typeof__(__builtin_choose_expr(condition, x, y))

/* ---- What is emitted --------------------------------------------------------------------------------------------- */

#ifdef BPF_SDT_DISABLE

#define __BPF_SDT_IN_CHK
#define __BPF_SDT_DEFINE_CHK(name, i)
#define __BPF_SDT_TYPE(name, n, params) typedef char __sdt_declared_##name[n + 1]

/* Dead code rather than no code: a variable or function that only a probe uses is still used, without a warning. */
#define __BPF_SDT_EVALUATE if (0)
#define __BPF_SDT_MOVE(i)
#define __BPF_SDT_INPUT(i) (void)__sdt_a##i
#define __BPF_SDT_NO_INPUT (void)0
#define __BPF_SDT_SITE(name, moves, ...) __VA_ARGS__

#else

#define __BPF_SDT_IN_CHK __attribute__((__section__(".debug_bpf_sdt_chk")))
#define __BPF_SDT_DEFINE_CHK(name, i) ; __BPF_SDT_T(name, i) __sdt_chk_##name##_##i

/*
 * A declaration that is not used leaves nothing in the object. It is not a weak one: a flag that nobody defines is then
 * refused by a loader, and not taken for a null pointer. volatile keeps clang from using the value that a definition
 * has at compile time, which may not be the one that it has at load time.
 */
#define __BPF_SDT_FLAG(name) extern const volatile _Bool bpf_sdt_enabled_##name __BPF_SDT_DEFINE_FLAG(name)
#ifdef BPF_SDT_DEFINE_ENABLED
#define __BPF_SDT_DEFINE_FLAG(name)                                                                                    \
	;                                                                                                              \
	const volatile _Bool bpf_sdt_enabled_##name __attribute__((__section__(".rodata"), __weak__))
#else
#define __BPF_SDT_DEFINE_FLAG(name)
#endif

/*
 * No initializer, so that a second declaration of the probe is one more tentative definition of the same variable and
 * not an error.
 */
#define __BPF_SDT_TYPE(name, n, params)                                                                                \
	typedef char __sdt_declared_##name[n + 1];                                                                     \
	__BPF_SDT_FLAG(name);                                                                                          \
	static void(*const __sdt_type_##name) params                                                                   \
		__attribute__((__section__(".debug_bpf_sdt_types"), __used__,                                          \
			       __btf_decl_tag__("bpf_sdt:" #name ":" #n)))

#define __BPF_SDT_EVALUATE
#define __BPF_SDT_MOVE(i) "\tr" #i " = %[sdt_a" #i "]\n"

/*
 * An "r" operand of any width is a 64-bit register for clang, and what is above the width of a narrow one is left as
 * it is: no instruction is spent on it. An aggregate of 3 bytes is no register operand, so all of them are copied.
 */
#define __BPF_SDT_INPUT(i)                                                                                             \
	[sdt_a##i] "r"(__builtin_choose_expr(__BPF_SDT_IS_AGGREGATE(__typeof__(__sdt_a##i)),                           \
					     __bpf_sdt_pack(&__sdt_a##i, sizeof(__sdt_a##i)), __sdt_a##i))
#define __BPF_SDT_NO_INPUT

#ifdef BPF_SDT_BARE_LABELS
#define __BPF_SDT_SUFFIX ""
#else
/* %= is a number of its own for each asm that is emitted, copies made by inlining and unrolling included. */
#define __BPF_SDT_SUFFIX ".%="
#endif

/*
 * The label of the NOP is a numeric one, which never reaches the symbol table: the relocation is then against the
 * symbol of the section, with the offset as its addend.
 *
 * volatile keeps the site where control flow has it, even without arguments. Nothing is clobbered: an observer gets the
 * arguments' values, leaves every register as it was, and cannot write the program's memory, so nothing needs to be
 * saved or read again for its sake. What it reads through a pointer is current without a "memory" clobber as well:
 * clang already keeps the stores before a volatile asm before it.
 */
#define __BPF_SDT_SITE(name, moves, ...)                                                                               \
	__asm__ __volatile__("1:\tgoto +0\n"                                                                           \
			     "\t.pushsection .bpf_sdt_notes,\"\",@progbits\n"                                          \
			     "___sdt_jt_" #name __BPF_SDT_SUFFIX ":\n"                                                 \
			     "\t.quad 1b\n" moves                                                                      \
			     "\t.popsection\n"                                                                         \
			     :                                                                                         \
			     : __VA_ARGS__)

/* A small aggregate as the integer that a BPF call passes it in. The copy is one or two loads from -O1 upwards. */
static inline __attribute__((__always_inline__, __unused__)) unsigned long long
__bpf_sdt_pack(const void *aggregate, unsigned long size)
{
	unsigned long long value = 0;
	char *low = (char *)&value;

#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	low += sizeof(value) - size;
#endif
	__builtin_memcpy(low, aggregate, size);
	return value;
}

#endif /* BPF_SDT_DISABLE */

#endif /* __BPF_SDT_H */
