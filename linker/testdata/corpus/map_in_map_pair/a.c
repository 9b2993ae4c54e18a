// Defines the inner maps.
#include "shared.h"

struct inner_map first SEC(".maps"), second SEC(".maps");
