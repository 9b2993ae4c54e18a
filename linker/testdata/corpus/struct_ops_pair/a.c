// struct_ops maps whose programs are in the other object.
#include "shared.h"

SEC(".struct_ops") struct corpus_ops of_a = {
	.first = first,
	.second = second,
	.value = 3,
};

LICENSE_GPL;
