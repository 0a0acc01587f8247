/* The one function of Windows' bcryptprimitives.dll that Bun needs and Wine 8 does not have. For tests alone. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(unsigned char *to, SIZE_T size) {
  return RtlGenRandom(to, (ULONG)size);
}
