// SPDX-License-Identifier: Apache-2.0
// A function of a user's own, wired to the probe by the linker.
long counter;

int count(int len, int sum)
{
	counter++;
	return 0;
}
