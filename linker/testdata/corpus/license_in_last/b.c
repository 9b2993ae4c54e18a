// The license alone.
#include "../bpf.h"

LICENSE_GPL;
