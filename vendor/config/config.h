/*
 * Our answers to libarchive's config.h, for every target.
 *
 * What the preprocessor can tell is decided here, so nothing is probed when
 * the library is built. What depends on features (codecs, cryptography) comes
 * as -D from archive-sys/build/vendored/options.rs.
 *
 * Each block says for whom it is and why. A macro that libarchive does not ask
 * for has no place here.
 */
#ifndef ARCHIVE_SYS_CONFIG_H
#define ARCHIVE_SYS_CONFIG_H

/* archive_platform.h checks that a config.h was included at all. */
#define __LIBARCHIVE_CONFIG_H_INCLUDED 1

#if !defined(_WIN32)
# ifndef _GNU_SOURCE
#  define _GNU_SOURCE 1
# endif
# ifndef _FILE_OFFSET_BITS
#  define _FILE_OFFSET_BITS 64
# endif
# if defined(__sun)
#  define __EXTENSIONS__ 1
#  define _POSIX_PTHREAD_SEMANTICS 1
# endif
#endif

#ifndef __has_include
# error "a compiler with __has_include is required"
#endif

/* ---- ISO C99 / everywhere ---- */
#define HAVE_CTYPE_H 1
#define HAVE_ERRNO_H 1
#define HAVE_FCNTL_H 1
#define HAVE_INTTYPES_H 1
#define HAVE_LIMITS_H 1
#define HAVE_SIGNAL_H 1
#define HAVE_STDINT_H 1
#define HAVE_STDLIB_H 1
#define HAVE_STRING_H 1
#define HAVE_TIME_H 1
#define HAVE_WCHAR_H 1
#define HAVE_SYS_STAT_H 1
#define HAVE_SYS_TYPES_H 1
#define HAVE_EILSEQ 1
#define HAVE_MBRTOWC 1
#define HAVE_WCRTOMB 1
#define HAVE_WCSCPY 1
#define HAVE_WCSLEN 1
#define HAVE_WCTOMB 1
#define HAVE_WMEMCMP 1
#define HAVE_WMEMCPY 1
#define HAVE_WMEMMOVE 1
#define HAVE_STRNLEN 1
#define HAVE_DECL_INT32_MAX 1
#define HAVE_DECL_INT32_MIN 1
#define HAVE_DECL_INT64_MAX 1
#define HAVE_DECL_INT64_MIN 1
#define HAVE_DECL_INTMAX_MAX 1
#define HAVE_DECL_INTMAX_MIN 1
#define HAVE_DECL_SIZE_MAX 1
#define HAVE_DECL_UINT32_MAX 1
#define HAVE_DECL_UINT64_MAX 1
#define HAVE_DECL_UINTMAX_MAX 1
#define HAVE_FSTAT 1
#define HAVE_GETPID 1
#define HAVE_UTIME 1
#define ICONV_CONST
#if __has_include(<stdckdint.h>) && defined(__STDC_VERSION__) && __STDC_VERSION__ >= 202311L
# define HAVE_STDCKDINT_H 1
#endif

#if defined(_WIN32)
/* ---- Windows: mingw and msvc ---- */
# ifndef _WIN32_WINNT
#  define _WIN32_WINNT 0x0A00
# endif
# ifndef NTDDI_VERSION
#  define NTDDI_VERSION 0x0A000000
# endif
# ifndef WINVER
#  define WINVER 0x0A00
# endif
# define HAVE_BCRYPT_H 1
# define ARCHIVE_CRYPTO_MD5_WIN 1
# define ARCHIVE_CRYPTO_SHA1_WIN 1
# define ARCHIVE_CRYPTO_SHA256_WIN 1
# define ARCHIVE_CRYPTO_SHA384_WIN 1
# define ARCHIVE_CRYPTO_SHA512_WIN 1
# define HAVE_CTIME_S 1
# define HAVE_GMTIME_S 1
# define HAVE_LOCALTIME_S 1
# define HAVE_DIRECT_H 1
# define HAVE_INTSAFE_H 1
# define HAVE_IO_H 1
# define HAVE_SYS_UTIME_H 1
# define HAVE__FSEEKI64 1
# define HAVE__MKGMTIME 1
# if defined(_MSC_VER)
#  define HAVE__GET_TIMEZONE 1
# endif
# define gid_t short
# define uid_t short
# define id_t short
# if defined(__MINGW32__)
#  define HAVE_DECL_SSIZE_MAX 1
#  define HAVE_DIRENT_H 1
#  define HAVE_FSEEKO 1
#  define HAVE_FTRUNCATE 1
#  define HAVE_MKSTEMP 1
#  define HAVE_PTHREAD_H 1
#  define HAVE_SYS_PARAM_H 1
#  define HAVE_SYS_TIME_H 1
#  define HAVE_UNISTD_H 1
#  define HAVE_UTIME_H 1
# else
#  define mode_t unsigned short
#  define pid_t int
#  define ssize_t intptr_t
# endif

#else
/* ---- POSIX.1-2008 ---- */
# define HAVE_DECL_SSIZE_MAX 1
# define HAVE_DIRENT_H 1
# define HAVE_UNISTD_H 1
# define HAVE_SYS_TIME_H 1
# define HAVE_SYS_PARAM_H 1
# define HAVE_SYS_IOCTL_H 1
# define HAVE_SYS_SELECT_H 1
# define HAVE_POLL_H 1
# define HAVE_UTIME_H 1
# define HAVE_FCNTL 1
# define HAVE_FCHDIR 1
# define HAVE_FSEEKO 1
# define HAVE_FSTATAT 1
# define HAVE_FTRUNCATE 1
# define HAVE_FDOPENDIR 1
# define HAVE_DIRFD 1
# define HAVE_GMTIME_R 1
# define HAVE_LOCALTIME_R 1
# define HAVE_CTIME_R 1
# define HAVE_LINK 1
# define HAVE_LINKAT 1
# define HAVE_LSTAT 1
# define HAVE_OPENAT 1
# define HAVE_POLL 1
# define HAVE_READLINK 1
# define HAVE_READLINKAT 1
# define HAVE_SELECT 1
# define HAVE_SYMLINK 1
# define HAVE_UNLINKAT 1
# define HAVE_UTIMES 1
# define HAVE_UTIMENSAT 1
# define HAVE_FUTIMENS 1
# define HAVE_STRUCT_STAT_ST_BLKSIZE 1
# define HAVE_TIMEGM 1
# define HAVE_SYSCONF 1
# define HAVE_NL_LANGINFO 1
# define HAVE_LANGINFO_H 1
# define HAVE_SYS_UTSNAME_H 1
# if defined(__wasi__)
#  undef HAVE_UTIMES
#  define HAVE_PWD_H 1 /* wasi */
#  define HAVE_GRP_H 1
# else
#  define HAVE_PTHREAD_H 1
#  define HAVE_CHOWN 1
#  define HAVE_FCHOWN 1
#  define HAVE_LCHOWN 1
#  define HAVE_FCHMOD 1
#  define HAVE_FORK 1
#  define HAVE_VFORK 1
#  define HAVE_PIPE 1
#  define HAVE_POSIX_SPAWNP 1
#  define HAVE_SPAWN_H 1
#  define HAVE_GETEUID 1
#  define HAVE_GETEGID 1
#  define HAVE_GETPWNAM_R 1
#  define HAVE_GETPWUID_R 1
#  define HAVE_GETGRNAM_R 1
#  define HAVE_GETGRGID_R 1
#  define HAVE_GRP_H 1
#  define HAVE_PWD_H 1
#  define HAVE_MKFIFO 1
#  define HAVE_MKNOD 1
#  define HAVE_MKSTEMP 1
#  define HAVE_SYS_WAIT_H 1
#  if __has_include(<paths.h>)
#   define HAVE_PATHS_H 1
#  endif
#  define HAVE_STATVFS 1
#  define HAVE_FSTATVFS 1
#  define HAVE_SYS_STATVFS_H 1
# endif
#endif

/* ---- nanosecond fields, BSD flags ---- */
#if defined(__APPLE__) || defined(__NetBSD__)
# define HAVE_STRUCT_STAT_ST_MTIMESPEC_TV_NSEC 1
#elif !defined(_WIN32)
# define HAVE_STRUCT_STAT_ST_MTIM_TV_NSEC 1
#endif
#if !defined(_WIN32) && !defined(__sun)
# define HAVE_STRUCT_TM_TM_GMTOFF 1
#endif
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__) || defined(__OpenBSD__) || defined(__DragonFly__)
# define HAVE_STRUCT_STAT_ST_FLAGS 1
# define HAVE_CHFLAGS 1
# define HAVE_FCHFLAGS 1
# define HAVE_LUTIMES 1
# define HAVE_FUTIMES 1
# define HAVE_SYS_MOUNT_H 1
# define HAVE_STATFS 1
# define HAVE_FSTATFS 1
# define HAVE_STRUCT_STATFS 1
# define HAVE_EFTYPE 1
# define HAVE_ISSETUGID 1
#endif
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__NetBSD__)
# define HAVE_STRUCT_STAT_ST_BIRTHTIME 1
# define HAVE_STRUCT_STAT_ST_BIRTHTIMESPEC_TV_NSEC 1
# define HAVE_LCHFLAGS 1
# define HAVE_LCHMOD 1
#endif

/* ---- Linux kernel API ---- */
#if defined(__linux__)
# if __has_include(<linux/fs.h>)
#  define HAVE_LINUX_FS_H 1
#  define HAVE_WORKING_FS_IOC_GETFLAGS 1
# endif
# if __has_include(<linux/fiemap.h>)
#  define HAVE_LINUX_FIEMAP_H 1
# endif
# if __has_include(<linux/magic.h>)
#  define HAVE_LINUX_MAGIC_H 1
# endif
# if __has_include(<linux/types.h>)
#  define HAVE_LINUX_TYPES_H 1
# endif
# define HAVE_STATFS 1
# define HAVE_FSTATFS 1
# define HAVE_SYS_STATFS_H 1
# define HAVE_SYS_MOUNT_H 1
# define HAVE_SYS_POLL_H 1
# define HAVE_SYS_XATTR_H 1
# define HAVE_GETRESUID 1
# define ARCHIVE_XATTR_LINUX 1
# define MAJOR_IN_SYSMACROS 1
# if !defined(__ANDROID__)
#  define HAVE_FUTIMES 1
#  define HAVE_LUTIMES 1
#  define HAVE_FUTIMESAT 1
# endif
# if defined(ARCHIVE_SYS_ACL)
#  define ARCHIVE_ACL_LIBACL 1
#  define HAVE_LIBACL 1
#  define HAVE_SYS_ACL_H 1
#  define HAVE_ACL_LIBACL_H 1
#  define HAVE_ACL_SET_FD 1
# endif
#endif
#if defined(__linux__)
# include <features.h>
# if defined(__GLIBC__)
#  define HAVE_LCHMOD 1
#  if __GLIBC_PREREQ(2, 34)
#   define HAVE_CLOSEFROM 1
#   define HAVE_CLOSE_RANGE 1
#  endif
# elif !defined(__ANDROID__)
#  define HAVE_LCHMOD 1           /* musl */
# endif
#endif

/* ---- Apple ---- */
#if defined(__APPLE__)
# if __has_include(<copyfile.h>)
#  define HAVE_COPYFILE_H 1
# endif
# if __has_include(<sys/xattr.h>)
#  define HAVE_SYS_XATTR_H 1
#  define ARCHIVE_XATTR_DARWIN 1
# endif
# if __has_include(<membership.h>) && __has_include(<sys/acl.h>)
#  define ARCHIVE_ACL_DARWIN 1
#  define HAVE_MEMBERSHIP_H 1
#  define HAVE_SYS_ACL_H 1
#  define HAVE_ACL_SET_FD 1
#  define HAVE_ACL_SET_FD_NP 1
#  define HAVE_ACL_GET_LINK_NP 1
# endif
# define ARCHIVE_CRYPTO_MD5_LIBSYSTEM 1
# define ARCHIVE_CRYPTO_SHA1_LIBSYSTEM 1
# define ARCHIVE_CRYPTO_SHA256_LIBSYSTEM 1
# define ARCHIVE_CRYPTO_SHA384_LIBSYSTEM 1
# define ARCHIVE_CRYPTO_SHA512_LIBSYSTEM 1
#endif
/* ---- FreeBSD ---- */
#if defined(__FreeBSD__)
# define ARCHIVE_ACL_FREEBSD 1
# define ARCHIVE_ACL_FREEBSD_NFS4 1
# define HAVE_SYS_ACL_H 1
# define HAVE_ACL_GET_LINK_NP 1
# define HAVE_ACL_SET_FD_NP 1
# define HAVE_SYS_EXTATTR_H 1
# define ARCHIVE_XATTR_FREEBSD 1
# define HAVE_STRUCT_XVFSCONF 1
# define HAVE_GETVFSBYNAME 1
#endif

/* ---- Random numbers from the operating system ---- */
/*
 * archive-sys/src/random.rs; archive_random.c is not compiled then. Hidden, so
 * that a shared library that links us does not export the Rust function.
 */
#if defined(ARCHIVE_SYS_RANDOM)
# include <stddef.h>
# define archive_random archive_sys_random
# if defined(__GNUC__)
__attribute__((visibility("hidden")))
# endif
int archive_sys_random(void *, size_t);
#endif

/* ---- Rust functions that no shared library may export: shim/hidden.c ---- */
#if defined(ARCHIVE_SYS_HIDDEN)
extern void (*const archive_sys_hidden[])(void)
    __attribute__((visibility("hidden")));
static void (*const *const archive_sys_needs_hidden)(void)
    __attribute__((used)) = archive_sys_hidden;
#endif

/* ---- Character sets: in libc on Linux, a library on Apple systems ---- */
#if defined(ARCHIVE_SYS_ICONV)
# define HAVE_ICONV 1
# define HAVE_ICONV_H 1
#endif
#endif
