#define SEC(name) __attribute__((section(name), used))

/* Each object that uses these has them, in a section group each. */
inline int counter;
inline int limit = 7;

inline __attribute__((noinline)) int bump(int n)
{
	counter += n;
	return counter > limit;
}

template <class T> __attribute__((noinline)) T twice(T n)
{
	asm volatile("" : "+r"(n));
	return n * 2;
}

/* They might throw, as far as a caller knows, who gets tables for that. */
extern "C" int shared_c(int n);
extern "C" int from_a(int n);
