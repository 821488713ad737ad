/*
 * The part of zlib's interface that libarchive uses, implemented in
 * archive-sys/src/zlib.rs by a Rust library with the same stream layout.
 */
#ifndef ARCHIVE_SYS_ZLIB_H
#define ARCHIVE_SYS_ZLIB_H

#define ZLIB_VERSION "1.3.1"

typedef unsigned char Byte;
typedef Byte Bytef;
typedef unsigned int uInt;
typedef unsigned long uLong;
typedef uLong uLongf;
typedef void *voidpf;
typedef voidpf (*alloc_func)(voidpf, uInt, uInt);
typedef void (*free_func)(voidpf, voidpf);

/* src/zlib.rs asserts the size. */
typedef struct z_stream_s {
	const Bytef *next_in;
	uInt avail_in;
	uLong total_in;
	Bytef *next_out;
	uInt avail_out;
	uLong total_out;
	const char *msg;
	struct internal_state *state;
	alloc_func zalloc;
	free_func zfree;
	voidpf opaque;
	int data_type;
	uLong adler;
	uLong reserved;
} z_stream;
typedef z_stream *z_streamp;

#define Z_NULL 0
#define Z_OK 0
#define Z_STREAM_END 1
#define Z_NEED_DICT 2
#define Z_ERRNO (-1)
#define Z_STREAM_ERROR (-2)
#define Z_DATA_ERROR (-3)
#define Z_MEM_ERROR (-4)
#define Z_BUF_ERROR (-5)
#define Z_VERSION_ERROR (-6)
#define Z_NO_FLUSH 0
#define Z_SYNC_FLUSH 2
#define Z_FINISH 4
#define Z_DEFLATED 8
#define Z_DEFAULT_STRATEGY 0
#define Z_DEFAULT_COMPRESSION (-1)

#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility push(hidden)
#endif
int archive_sys_inflate(z_streamp, int);
int archive_sys_inflateEnd(z_streamp);
int archive_sys_inflateReset(z_streamp);
int archive_sys_inflateInit2(z_streamp, int);
int archive_sys_inflateSetDictionary(z_streamp, const Bytef *, uInt);
int archive_sys_deflate(z_streamp, int);
int archive_sys_deflateEnd(z_streamp);
int archive_sys_deflateReset(z_streamp);
int archive_sys_deflateInit2(z_streamp, int, int, int, int, int);
uLong archive_sys_crc32(uLong, const Bytef *, uInt);
int archive_sys_uncompress(Bytef *, uLongf *, const Bytef *, uLong);
const char *archive_sys_zlibVersion(void);
#if defined(__GNUC__) && !defined(_WIN32)
#pragma GCC visibility pop
#endif

#define inflate archive_sys_inflate
#define inflateEnd archive_sys_inflateEnd
#define inflateReset archive_sys_inflateReset
#define inflateInit(stream) archive_sys_inflateInit2((stream), 15)
#define inflateInit2(stream, bits) archive_sys_inflateInit2((stream), (bits))
#define inflateSetDictionary archive_sys_inflateSetDictionary
#define deflate archive_sys_deflate
#define deflateEnd archive_sys_deflateEnd
#define deflateReset archive_sys_deflateReset
#define deflateInit(stream, level) \
	archive_sys_deflateInit2((stream), (level), Z_DEFLATED, 15, 8, Z_DEFAULT_STRATEGY)
#define deflateInit2(stream, level, method, bits, memory, strategy) \
	archive_sys_deflateInit2((stream), (level), (method), (bits), (memory), (strategy))
#define crc32 archive_sys_crc32
#define uncompress archive_sys_uncompress
#define zlibVersion archive_sys_zlibVersion

#endif
