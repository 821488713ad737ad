/*
 * Keeps the Rust functions that the C code calls out of the symbol table of a
 * shared library that contains us: rustc exports them, and the linker applies
 * the strictest visibility that any object asks for. The headers beside this
 * file ask too, but only in objects that call a function.
 *
 * config.h makes every other object need this one. The functions are weak,
 * since which of them there are depends on features, and their types do not
 * matter, since nothing is called.
 */
#ifdef ARCHIVE_SYS_TIME_BITS
# include <time.h>
/* As wide as ../src/types.rs has it. */
typedef char time_bits_of_this_program
    [sizeof(time_t) * 8 == ARCHIVE_SYS_TIME_BITS ? 1 : -1];
#endif

#define FUNCTIONS(X) \
	X(archive_sys_random) \
	/* of bzip2-sys */ \
	X(bz_internal_error) \
	/* ../src/zlib.rs */ \
	X(archive_sys_crc32) \
	X(archive_sys_deflate) \
	X(archive_sys_deflateEnd) \
	X(archive_sys_deflateInit2) \
	X(archive_sys_deflateReset) \
	X(archive_sys_inflate) \
	X(archive_sys_inflateEnd) \
	X(archive_sys_inflateInit2) \
	X(archive_sys_inflateReset) \
	X(archive_sys_inflateSetDictionary) \
	X(archive_sys_uncompress) \
	X(archive_sys_zlibVersion) \
	/* ../src/crypto.rs */ \
	X(archive_sys_aes_encrypt) \
	X(archive_sys_aes_set_encrypt_key) \
	X(archive_sys_hmac_sha1_digest) \
	X(archive_sys_hmac_sha1_set_key) \
	X(archive_sys_hmac_sha1_update) \
	X(archive_sys_md5_digest) \
	X(archive_sys_md5_init) \
	X(archive_sys_md5_update) \
	X(archive_sys_nettle_version_major) \
	X(archive_sys_nettle_version_minor) \
	X(archive_sys_pbkdf2_hmac_sha1) \
	X(archive_sys_ripemd160_digest) \
	X(archive_sys_ripemd160_init) \
	X(archive_sys_ripemd160_update) \
	X(archive_sys_sha1_digest) \
	X(archive_sys_sha1_init) \
	X(archive_sys_sha1_update) \
	X(archive_sys_sha256_digest) \
	X(archive_sys_sha256_init) \
	X(archive_sys_sha256_update) \
	X(archive_sys_sha384_digest) \
	X(archive_sys_sha384_init) \
	X(archive_sys_sha384_update) \
	X(archive_sys_sha512_digest) \
	X(archive_sys_sha512_init) \
	X(archive_sys_sha512_update)

#define DECLARE(name) \
	void name(void) __attribute__((visibility("hidden"), weak));
FUNCTIONS(DECLARE)

#define ADDRESS(name) name,
extern void (*const archive_sys_hidden[])(void)
    __attribute__((visibility("hidden")));
void (*const archive_sys_hidden[])(void) = { FUNCTIONS(ADDRESS) };
