/* An ssh.exe that connects to this very machine: it starts `runspec serve`, which finds its tools by RUNSPEC_TEST_REMOTE. */
#include <windows.h>

int wmain(void) {
  STARTUPINFOW start = {.cb = sizeof start};
  PROCESS_INFORMATION process;
  wchar_t config[4096], command[] = L"runspec.exe serve";
  DWORD code = 255;
  if (GetEnvironmentVariableW(L"RUNSPEC_TEST_REMOTE", config, 4096) > 0)
    SetEnvironmentVariableW(L"RUNSPEC_CONFIG", config);
  if (!CreateProcessW(NULL, command, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) return 127;
  WaitForSingleObject(process.hProcess, INFINITE);
  GetExitCodeProcess(process.hProcess, &code);
  return code;
}
