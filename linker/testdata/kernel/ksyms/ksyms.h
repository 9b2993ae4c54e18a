#ifndef KSYMS_H
#define KSYMS_H
#include "bpf.h"

extern const void schedule __weak __in(".ksyms");
extern const void no_such_symbol __weak __in(".ksyms");

#endif
