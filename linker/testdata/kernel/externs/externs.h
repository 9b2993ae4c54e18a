#ifndef EXTERNS_H
#define EXTERNS_H
#include "bpf.h"

extern int LINUX_KERNEL_VERSION __in(".kconfig");

#endif
