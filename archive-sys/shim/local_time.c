/*
 * archive_time.c of libarchive with another mktime: that of the GNU C library
 * looks at /etc/localtime each time when TZ is not set, which is two system
 * calls for each entry of a ZIP archive.
 *
 * Only for systems whose time_t has one width.
 */
#include "archive_platform.h"

#include <time.h>

/* Days from 1970-01-01 to a date; month and day can be outside their ranges. */
static long long
days_since_1970(const struct tm *tm)
{
	long long months = (tm->tm_year + 1900LL) * 12 + tm->tm_mon - 2;
	/* Years that begin with March have their leap day at the end. */
	long long year = months / 12;
	long long month = months % 12;
	long long days = year * 365 + year / 4 - year / 100 + year / 400;

	return (days + (month * 153 + 2) / 5 + tm->tm_mday - 1 - 719468);
}

/*
 * The time that a clock on the wall shows so, of the year 1 or later. It does
 * not change what it is given, since nobody here looks at it again.
 */
static time_t
time_of_local_clock(const struct tm *tm)
{
	long long clock = days_since_1970(tm) * 86400 +
	    tm->tm_hour * 3600LL + tm->tm_min * 60LL + tm->tm_sec;
	time_t time = (time_t)clock;

	/* Once for the difference to UTC, once more near where it changes. */
	for (int i = 0; i < 2; i++) {
		struct tm shown;
		if (localtime_r(&time, &shown) == NULL)
			return ((time_t)-1);
		time = (time_t)(clock - shown.tm_gmtoff);
	}
	return (time);
}

#define mktime(tm) time_of_local_clock(tm)
#include "archive_time.c"
