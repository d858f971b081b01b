/* console_event.exe PROGRAM WORDS… — runs a program in a process group of its own, sends it Ctrl-Break when a line comes in,
   and ends with its exit code. A program can only be sent that by one at the same console. */
#include <stdio.h>
#include <windows.h>

int main(void)
{
    STARTUPINFOW startup = { sizeof startup };
    PROCESS_INFORMATION child;
    DWORD code = 1;
    WCHAR *line = GetCommandLineW();
    /* Its own name, which may stand in quotes. */
    WCHAR end = *line == '"' ? *line++ : ' ';
    while (*line && *line != end) line++;
    if (*line) line++;
    while (*line == ' ') line++;

    if (!GetConsoleCP()) AllocConsole();
    startup.dwFlags = STARTF_USESTDHANDLES;
    startup.hStdOutput = GetStdHandle(STD_OUTPUT_HANDLE);
    startup.hStdError = GetStdHandle(STD_ERROR_HANDLE);
    if (!CreateProcessW(NULL, line, NULL, NULL, TRUE, CREATE_NEW_PROCESS_GROUP, NULL, NULL, &startup, &child)) {
        fprintf(stderr, "CreateProcess: error %lu\n", GetLastError());
        return 1;
    }
    getchar();
    if (!GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, child.dwProcessId))
        fprintf(stderr, "GenerateConsoleCtrlEvent: error %lu\n", GetLastError());
    WaitForSingleObject(child.hProcess, INFINITE);
    GetExitCodeProcess(child.hProcess, &code);
    return code;
}
