#ifndef VERDICT_H
#define VERDICT_H
#include "bpf.h"
#include "bpf_sdt.h"

BPF_SDT_DECLARE1(decided, int);

int verdict(int x);

/*
 * Each line that computes multiplies by a number of its own, and the number stands in the line: so line information
 * can be held against the instruction.
 */
#endif
