/*
 * bzip2 without its stdio part calls this function of its user, on a mistake of
 * its own only. In a Rust program the crate bzip2-sys defines it; a shared
 * library needs its own.
 */
#include <stdlib.h>

__attribute__((visibility("hidden")))
void bz_internal_error(int);

void
bz_internal_error(int code)
{
	(void)code;
	abort();
}
