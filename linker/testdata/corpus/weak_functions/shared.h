#include "../bpf.h"

int only_weak(int x);
int overridden(int x);
int twice_weak(int x);
int uses(int x);
