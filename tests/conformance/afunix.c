/* SPDX-License-Identifier: MIT
 *
 * AF_UNIX: AFUNIX-01, -02, -04, -05, -07. Documented: DOC-AFUNIX-01 (streams only), -02 (a
 * connection), -03 (nobody listens), -04 (the name of the accepted end). Files are made in the
 * current folder. */
#include "conf.h"

#include <afunix.h>

static int conf_delete(const char *path)
{
#ifdef _WIN32
    return DeleteFileA(path);
#else
    return remove(path) == 0;
#endif
}

/* Some headers have no such name for it. */
typedef struct sockaddr_un conf_un;

static conf_un name_of(const char *path)
{
    conf_un name;

    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    snprintf(name.sun_path, sizeof name.sun_path, "%s", path);
    return name;
}

static int bind_to(SOCKET s, const conf_un *name, int length)
{
    return bind(s, (const struct sockaddr *)name, length);
}

static void binding(void)
{
    conf_un name = name_of("ab");
    conf_un seen;
    conf_un before;
    SOCKET s = socket(AF_UNIX, SOCK_STREAM, 0);
    int length = sizeof seen;

    works("DOC-AFUNIX-01.1", "a stream", s != INVALID_SOCKET);
    ok(socket(AF_UNIX, SOCK_DGRAM, 0) == INVALID_SOCKET, "DOC-AFUNIX-01.2", "datagrams: refused");
    fails("AFUNIX-01.1", "bind, length 0", bind_to(s, &name, 0) != 0, WSAEFAULT);
    works("AFUNIX-01.2", "bind, length 2", bind_to(s, &name, 2) == 0);
    works("AFUNIX-01.3", "listen", listen(s, 1) == 0);
    closesocket(s);

    s = socket(AF_UNIX, SOCK_STREAM, 0);
    works("AFUNIX-01.4", "bind, length 3", bind_to(s, &name, 3) == 0);
    memset(&seen, 0x5a, sizeof seen);
    before = seen;
    works("AFUNIX-02.1", "getsockname", getsockname(s, (struct sockaddr *)&seen, &length) == 0);
    equals("AFUNIX-02.2", "its length", length, 4);
    ok(memcmp(seen.sun_path, "a", 2) == 0, "AFUNIX-02.3", "one character and a zero");
    ok(memcmp((char *)&seen + 4, (char *)&before + 4, sizeof seen - 4) == 0, "AFUNIX-02.4",
       "the rest is untouched");
    listen(s, 1);
    seen = before;
    length = sizeof seen;
    fails("AFUNIX-04.1", "getpeername of a listener",
          getpeername(s, (struct sockaddr *)&seen, &length) != 0, WSAENOTCONN);
    ok(length == sizeof seen && memcmp(&seen, &before, sizeof seen) == 0, "AFUNIX-04.2",
       "nothing is written");
    closesocket(s);

    name = name_of("a");
    s = socket(AF_UNIX, SOCK_STREAM, 0);
    fails("AFUNIX-05.1", "bind to the file of a closed socket", bind_to(s, &name, sizeof name) != 0,
          WSAEADDRINUSE);
    works("AFUNIX-05.2", "the file is deleted", conf_delete("a"));
    works("AFUNIX-05.3", "bind", bind_to(s, &name, sizeof name) == 0);
    closesocket(s);
    conf_delete("a");
}

static void connecting(void)
{
    conf_un name = name_of("conformance.sock");
    conf_un seen;
    SOCKET listener = socket(AF_UNIX, SOCK_STREAM, 0);
    SOCKET client = socket(AF_UNIX, SOCK_STREAM, 0);
    SOCKET server;
    char data[4] = "";
    int length = sizeof seen;

    fails("DOC-AFUNIX-03", "nobody listens",
          connect(client, (struct sockaddr *)&name, sizeof name) != 0, WSAECONNREFUSED);
    bind_to(listener, &name, sizeof name);
    listen(listener, 1);
    works("DOC-AFUNIX-02.1", "connect",
          connect(client, (struct sockaddr *)&name, sizeof name) == 0);
    server = accept(listener, NULL, NULL);
    works("DOC-AFUNIX-02.2", "accept", server != INVALID_SOCKET);
    works("DOC-AFUNIX-04.1", "getsockname of the accepted end",
          getsockname(server, (struct sockaddr *)&seen, &length) == 0);
    ok(strcmp(seen.sun_path, name.sun_path) == 0, "DOC-AFUNIX-04.2", "the listener's");
    equals("AFUNIX-07.1", "sendto without an address", sendto(client, "abc", 3, 0, NULL, 0), 3);
    equals("AFUNIX-07.2", "recvfrom without one",
           recvfrom(server, data, sizeof data, 0, NULL, NULL), 3);
    closesocket(client);
    equals("DOC-AFUNIX-02.3", "the end", recv(server, data, sizeof data, 0), 0);
    closesocket(server);
    closesocket(listener);
    conf_delete(name.sun_path);
}

int main(void)
{
    conf_begin("socket bind listen accept connect getsockname getpeername sendto recvfrom");
    binding();
    connecting();
    return conf_end();
}
