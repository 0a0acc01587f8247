/* What Debian's libstdc++ and libgcc use of the GNU C library and musl does not have. For tests alone. */
#include <stddef.h>

extern long syscall(long, ...);
extern unsigned long getauxval(unsigned long);
extern size_t strftime_l(char *, size_t, const char *, const void *, void *);

#ifdef __aarch64__
enum { SYS_GETRANDOM = 278 };
#else
enum { SYS_GETRANDOM = 318 };
#endif

char __libc_single_threaded = 0;
struct { unsigned vendor, type, subtype, features[1]; } __cpu_model;

unsigned arc4random(void) {
  unsigned number = 0;
  syscall(SYS_GETRANDOM, &number, sizeof number, 0);
  return number;
}

size_t __strftime_l(char *to, size_t size, const char *format, const void *time, void *locale) {
  return strftime_l(to, size, format, time, locale);
}

unsigned long __getauxval(unsigned long type) { return getauxval(type); }
int __cxa_thread_atexit_impl(void (*function)(void *), void *object, void *handle) { return 0; }
int _dl_find_object(void *address, void *result) { return -1; }
int __cpu_indicator_init(void) { return 0; }
