/*
 * Random numbers from the operating system, for a shared library, which cannot
 * hold src/random.rs. The macro archive_random leads libarchive here; its own
 * generator, whose seed of last resort is the clock, is left out of the build.
 */
#define _GNU_SOURCE 1
#include <stddef.h>
#include <string.h>
#include <unistd.h>
#if __has_include(<sys/random.h>)
#include <sys/random.h>
#endif

/* What getentropy gives at once. */
#define AT_MOST 256
/* ARCHIVE_OK and ARCHIVE_FAILED */
#define OK 0
#define FAILED (-25)

__attribute__((visibility("hidden")))
int archive_sys_random(void *, size_t);

int
archive_sys_random(void *buffer, size_t len)
{
	unsigned char *bytes = buffer;
	size_t done, now;

	if (len == 0)
		return OK;
	if (buffer == NULL)
		return FAILED;
	/* Two of the callers ignore a failure: zeros then, never what was there. */
	memset(buffer, 0, len);
	for (done = 0; done < len; done += now) {
		now = len - done < AT_MOST ? len - done : AT_MOST;
		if (getentropy(bytes + done, now) != 0) {
			memset(buffer, 0, len);
			return FAILED;
		}
	}
	return OK;
}
