/* The version that libarchive asks for, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_VERSION_H
#define ARCHIVE_SYS_NETTLE_VERSION_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

/* Version 2 is the interface without key sizes in the names of functions. */
#define NETTLE_VERSION_MAJOR 2
#define NETTLE_VERSION_MINOR 0
#define nettle_version_major archive_sys_nettle_version_major
#define nettle_version_minor archive_sys_nettle_version_minor
int archive_sys_nettle_version_major(void);
int archive_sys_nettle_version_minor(void);

ARCHIVE_SYS_HIDDEN_END

#endif
