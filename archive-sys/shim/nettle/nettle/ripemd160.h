/* RIPEMD-160, implemented in archive-sys/src/crypto.rs. */
#ifndef ARCHIVE_SYS_NETTLE_RIPEMD160_H
#define ARCHIVE_SYS_NETTLE_RIPEMD160_H

#include <stddef.h>
#include <stdint.h>

#include "hidden.h"

ARCHIVE_SYS_HIDDEN_BEGIN

#define RIPEMD160_DIGEST_SIZE 20

/* Room for the Rust state; src/crypto.rs asserts that it fits. */
struct ripemd160_ctx {
	_Alignas(16) uint64_t state[16];
};

#define ripemd160_init archive_sys_ripemd160_init
#define ripemd160_update archive_sys_ripemd160_update
#define ripemd160_digest archive_sys_ripemd160_digest
void archive_sys_ripemd160_init(struct ripemd160_ctx *);
void archive_sys_ripemd160_update(struct ripemd160_ctx *, size_t, const uint8_t *);
void archive_sys_ripemd160_digest(struct ripemd160_ctx *, size_t, uint8_t *);

ARCHIVE_SYS_HIDDEN_END

#endif
