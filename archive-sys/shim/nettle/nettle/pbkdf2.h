/* PBKDF2 with HMAC-SHA-1, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_PBKDF2_H
#define ARCHIVE_SYS_NETTLE_PBKDF2_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

#define pbkdf2_hmac_sha1 archive_sys_pbkdf2_hmac_sha1
void archive_sys_pbkdf2_hmac_sha1(size_t, const uint8_t *, unsigned, size_t,
    const uint8_t *, size_t, uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
