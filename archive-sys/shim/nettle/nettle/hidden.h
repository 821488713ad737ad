/*
 * Functions of Rust that only the C code calls: kept out of the symbol table of
 * whatever links them. The linker applies the strictest visibility it sees.
 */
#ifndef ARCHIVE_SYS_HIDDEN_BEGIN
#if defined(__GNUC__) && !defined(_WIN32)
#define ARCHIVE_SYS_HIDDEN_BEGIN _Pragma("GCC visibility push(hidden)")
#define ARCHIVE_SYS_HIDDEN_END _Pragma("GCC visibility pop")
#else
#define ARCHIVE_SYS_HIDDEN_BEGIN
#define ARCHIVE_SYS_HIDDEN_END
#endif
#endif
