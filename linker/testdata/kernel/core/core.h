#ifndef CORE_H
#define CORE_H
#include "bpf.h"

enum { FIELD_OFFSET = 0, FIELD_SIZE = 1, FIELD_EXISTS = 2, TYPE_EXISTS = 0, TYPE_SIZE = 1, ENUM_EXISTS = 0, ENUM_VALUE = 1 };

#define field(type, name, what) __builtin_preserve_field_info(((type *)0)->name, what)

int skip(int x);

#endif
