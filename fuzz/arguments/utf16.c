/* SPDX-License-Identifier: MIT */
/*
 * The functions behind wide calls for programs whose WCHAR has 16 bits (-fshort-wchar): this file's
 * own has 32, so their symbols are named here. Texts lie in memory of their exact size.
 */
#include "fuzz/arguments/arguments.h"

#include <windows.h>

#define ARG_SYM16(name) __asm__("ws2_" #name "16")

extern INT arg_pton(INT family, const uint16_t *text, void *address) ARG_SYM16(InetPtonW);
extern uint16_t *arg_ntop(INT family, const void *address, uint16_t *text, size_t length)
    ARG_SYM16(InetNtopW);
extern INT arg_to_address(uint16_t *text, INT family, void *info, struct sockaddr *address,
                          int *bytes) ARG_SYM16(WSAStringToAddressW);
extern INT arg_to_string(struct sockaddr *address, DWORD bytes, void *info, uint16_t *text,
                         DWORD *length) ARG_SYM16(WSAAddressToStringW);
extern INT arg_getaddrinfo(const uint16_t *node, const uint16_t *service, const ADDRINFOW *hints,
                           ADDRINFOW **result) ARG_SYM16(GetAddrInfoW);
extern int arg_gethostname(uint16_t *name, int length) ARG_SYM16(GetHostNameW);
extern DWORD arg_format(DWORD flags, const void *source, DWORD id, DWORD language, uint16_t *buffer,
                        DWORD count, va_list *arguments) ARG_SYM16(FormatMessageW);
extern uint16_t *arg_strerror(int code) ARG_SYM16(gai_strerrorW);
extern HANDLE arg_create_event(void *attributes, BOOL manual, BOOL signalled, const uint16_t *name)
    ARG_SYM16(CreateEventW);
extern SOCKET arg_wsasocket(int family, int type, int protocol, void *info, GROUP group,
                            DWORD flags) ARG_SYM16(WSASocketW);

/* Any units, some of them halves of pairs; to be freed, or NULL. */
static uint16_t *arg_units(void)
{
    char *text = arg_text();
    size_t length = text == NULL ? 0 : strlen(text);
    uint8_t more = arg_byte();
    uint16_t *units;

    if (text == NULL)
        return NULL;
    units = malloc((length + 1) * sizeof *units);
    FUZZ_CHECK(units != NULL);
    for (size_t i = 0; i <= length; i++)
        units[i] = (unsigned char)text[i];
    for (size_t i = 0; more >= 0xe0 && i < length && i < 4; i++)
        units[i] = (uint16_t)(0xd700 + (arg_byte() << 3)); /* pairs begin at d800 and dc00 */
    free(text);
    return units;
}

static void arg_resolve16(uint16_t *node)
{
    static const uint16_t port[] = {'8', '0', 0};
    ADDRINFOW hints = {.ai_flags = AI_NUMERICHOST};
    ADDRINFOW *list = NULL;
    int error = arg_getaddrinfo(node, port, &hints, &list);

    FUZZ_CHECK((error == 0) == (list != NULL));
    FreeAddrInfoW(list);
}

void arg_call_utf16(void)
{
    union {
        char bytes[16];
        SOCKADDR_STORAGE name;
    } address;
    uint8_t how = arg_byte();
    uint16_t *text = arg_units();
    int bytes = sizeof address.name;
    DWORD room = arg_byte() % 80;
    uint16_t *to = malloc(room * sizeof *to + 1);

    memset(&address, how, sizeof address);
    switch (how % 10) {
    case 0:
        arg_failed_if(arg_pton(how & 128 ? AF_INET : AF_INET6, text, address.bytes) < 0);
        break;
    case 1:
        arg_failed_if(arg_ntop(how & 128 ? AF_INET : AF_INET6, address.bytes, to, room) == NULL);
        break;
    case 2:
        arg_result(arg_to_address(text, how & 128 ? AF_INET : AF_INET6, NULL,
                                  (struct sockaddr *)&address.name, &bytes));
        break;
    case 3:
        address.name.ss_family = how & 128 ? AF_INET : AF_INET6;
        arg_result(arg_to_string((struct sockaddr *)&address.name, (DWORD)bytes, NULL, to, &room));
        break;
    case 4:
        arg_resolve16(text);
        break;
    case 5:
        arg_result(arg_gethostname(to, (int)room));
        break;
    case 6:
        arg_failed_if(arg_format(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL,
                                 how & 128 ? WSAEINTR : how, 0, to, room, NULL) == 0);
        break;
    case 7:
        FUZZ_CHECK(arg_strerror(how)[0] != 0);
        break;
    case 8:
        arg_opened((uintptr_t)arg_create_event(NULL, TRUE, FALSE, text));
        break;
    default:
        arg_opened_socket(arg_wsasocket(AF_INET, SOCK_STREAM, 0, NULL, 0, how));
        break;
    }
    free(to);
    free(text);
}
