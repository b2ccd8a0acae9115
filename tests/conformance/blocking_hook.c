/* SPDX-License-Identifier: MIT
 *
 * Winsock 1.1's blocking hooks: STARTUP-12 (who may use them). Specified in 1993 and 1997:
 * DOC-HOOK-01 (choosing one), -02 (when it runs), -03 (what it may call), -04 (cancelling),
 * SEED-CLOSEEVENT-05 and SEED-CONNECT-05 (WSAEINPROGRESS of those two). Every wait has a time-out,
 * because a hook that is not called cannot end it. */
#include "conf.h"

enum { HOOK_WAIT_MS = 300 };

static struct {
    int calls;
    int cancel; /* in the first call */
    int cancelled;
    int is_blocking;
    void (*act)(void); /* in the first call */
} hook;

static BOOL CALLBACK hook_run(void)
{
    if (hook.calls++ > 0)
        return FALSE;
    hook.is_blocking = WSAIsBlocking();
    if (hook.act != NULL)
        hook.act();
    if (hook.cancel)
        hook.cancelled = WSACancelBlockingCall() == 0;
    return TRUE;
}

static BOOL CALLBACK hook_other(void)
{
    return FALSE;
}

static FARPROC hook_pointer(BOOL(CALLBACK *function)(void))
{
    return (FARPROC)(void (*)(void))function;
}

static void hook_set(int cancel, void (*act)(void))
{
    memset(&hook, 0, sizeof hook);
    hook.cancel = cancel;
    hook.act = act;
    if (WSASetBlockingHook(hook_pointer(hook_run)) == NULL)
        conf_die("WSASetBlockingHook");
    WSASetLastError(0);
}

static void start(WORD version)
{
    WSADATA data;

    if (WSAStartup(version, &data) != 0)
        conf_die("WSAStartup");
    WSASetLastError(0);
}

/* ---- Who ---- */

static void who(void)
{
    fails("STARTUP-12.1", "WSACancelBlockingCall, asked for 2.2", WSACancelBlockingCall() != 0,
          WSAEOPNOTSUPP);
    fails("DOC-HOOK-01.1", "WSASetBlockingHook, asked for 2.2",
          WSASetBlockingHook(hook_pointer(hook_run)) == NULL, WSAEOPNOTSUPP);
    fails("DOC-HOOK-01.2", "WSAUnhookBlockingHook, asked for 2.2", WSAUnhookBlockingHook() != 0,
          WSAEOPNOTSUPP);
    equals("DOC-HOOK-01.3", "WSAIsBlocking, asked for 2.2", WSAIsBlocking(), FALSE);
    start(MAKEWORD(1, 1));
    fails("STARTUP-12.2", "WSACancelBlockingCall, asked for 1.1 later",
          WSACancelBlockingCall() != 0, WSAEINVAL);
    start(MAKEWORD(2, 2));
    fails("STARTUP-12.3", "WSACancelBlockingCall, asked for 2.2 again",
          WSACancelBlockingCall() != 0, WSAEINVAL);
}

static void choosing(void)
{
    FARPROC first = WSASetBlockingHook(hook_pointer(hook_run));

    works("DOC-HOOK-01.4", "WSASetBlockingHook", first != NULL);
    works("DOC-HOOK-01.5", "another: the one before comes back",
          WSASetBlockingHook(hook_pointer(hook_other)) == hook_pointer(hook_run));
    fails("DOC-HOOK-01.6", "WSASetBlockingHook of NULL", WSASetBlockingHook(NULL) == NULL,
          WSAEFAULT);
    works("DOC-HOOK-01.7", "WSAUnhookBlockingHook", WSAUnhookBlockingHook() == 0);
    works("DOC-HOOK-01.8", "the first one is back",
          WSASetBlockingHook(hook_pointer(hook_other)) == first);
    works("DOC-HOOK-01.9", "WSAUnhookBlockingHook", WSAUnhookBlockingHook() == 0);
    equals("DOC-HOOK-01.10", "WSAIsBlocking outside of a call", WSAIsBlocking(), FALSE);
}

/* ---- When ---- */

static void running(void)
{
    struct pair pair = conf_pair();
    char byte;

    conf_set(pair.client, SO_RCVTIMEO, HOOK_WAIT_MS);
    hook_set(0, NULL);
    fails("DOC-HOOK-02.1", "recv that waits", recv(pair.client, &byte, 1, 0) != 1, WSAETIMEDOUT);
    works("DOC-HOOK-02.2", "its hook is called, again and again", hook.calls > 2);
    equals("DOC-HOOK-02.3", "WSAIsBlocking in it", hook.is_blocking, TRUE);
    if (send(pair.server, "x", 1, 0) != 1)
        conf_die("send");
    hook_set(0, NULL);
    works("DOC-HOOK-02.4", "recv of what is there", recv(pair.client, &byte, 1, 0) == 1);
    equals("DOC-HOOK-02.5", "calls of the hook", hook.calls, 0);
    WSAUnhookBlockingHook();
    conf_pair_close(pair);
}

/* ---- What a hook may call ---- */

static struct {
    SOCKET s, listener;
    SOCKADDR_IN to;
    WSAEVENT event;
    int connect, close_event, socket, closesocket, htons, startup;
} nested;

static void act_nested(void)
{
    WSADATA data;
    WSABUF none = {0, NULL};

    WSASetLastError(0);
    nested.connect = WSAConnect(nested.s, (struct sockaddr *)&nested.to, sizeof nested.to, &none,
                                NULL, NULL, NULL) == 0
                         ? 0
                         : WSAGetLastError();
    WSASetLastError(0);
    nested.close_event = WSACloseEvent(nested.event) ? 0 : WSAGetLastError();
    WSASetLastError(0);
    nested.socket = socket(AF_INET, SOCK_STREAM, 0) != INVALID_SOCKET ? 0 : WSAGetLastError();
    WSASetLastError(0);
    nested.closesocket = closesocket(nested.s) == 0 ? 0 : WSAGetLastError();
    nested.htons = htons(0x1234);
    nested.startup = WSAStartup(MAKEWORD(1, 1), &data);
}

static void nesting(void)
{
    SOCKET waiting = conf_bound(SOCK_DGRAM);
    char byte;

    nested.listener = conf_listener();
    nested.to = conf_address(nested.listener);
    nested.s = conf_tcp();
    nested.event = WSACreateEvent();
    WSASetEvent(nested.event);
    conf_set(waiting, SO_RCVTIMEO, HOOK_WAIT_MS);
    hook_set(0, act_nested);
    fails("DOC-HOOK-03.1", "recv on a datagram socket", recv(waiting, &byte, 1, 0) != 1,
          WSAETIMEDOUT);
    WSAUnhookBlockingHook();
    equals_code("SEED-CONNECT-05.1", "WSAConnect in a hook", (unsigned)nested.connect,
                WSAEINPROGRESS);
    equals_code("SEED-CLOSEEVENT-05.1", "WSACloseEvent in a hook", (unsigned)nested.close_event,
                WSAEINPROGRESS);
    equals_code("DOC-HOOK-03.2", "socket in a hook", (unsigned)nested.socket, WSAEINPROGRESS);
    equals_code("DOC-HOOK-03.3", "closesocket in a hook", (unsigned)nested.closesocket,
                WSAEINPROGRESS);
    equals("DOC-HOOK-03.4", "htons in a hook", nested.htons, 0x3412);
    equals_code("DOC-HOOK-03.5", "WSAStartup in a hook", (unsigned)nested.startup, WSAEINPROGRESS);
    works("SEED-CLOSEEVENT-05.2", "the event afterwards", conf_signalled(nested.event, 0));
    works("SEED-CLOSEEVENT-05.3", "closing it", WSACloseEvent(nested.event));
    works("SEED-CONNECT-05.2", "connecting the socket afterwards",
          connect(nested.s, (struct sockaddr *)&nested.to, sizeof nested.to) == 0);
    closesocket(nested.s);
    closesocket(nested.listener);
    closesocket(waiting);
}

/* ---- Cancelling ---- */

static void cancelling(void)
{
    struct pair pair = conf_pair();
    SOCKET datagram = conf_bound(SOCK_DGRAM);
    struct timeval time = {0, HOOK_WAIT_MS * 1000};
    struct fd_set set;
    char byte = 0;

    conf_set(pair.client, SO_RCVTIMEO, HOOK_WAIT_MS);
    conf_set(datagram, SO_RCVTIMEO, HOOK_WAIT_MS);
    hook_set(1, NULL);
    fails("DOC-HOOK-04.1", "recv, cancelled", recv(pair.client, &byte, 1, 0) != 1, WSAEINTR);
    works("DOC-HOOK-04.2", "WSACancelBlockingCall in a hook", hook.cancelled);
    hook_set(1, NULL);
    fails("DOC-HOOK-04.3", "recvfrom, cancelled", recvfrom(datagram, &byte, 1, 0, NULL, NULL) != 1,
          WSAEINTR);
    hook_set(1, NULL);
    FD_ZERO(&set);
    FD_SET(pair.client, &set);
    fails("DOC-HOOK-04.4", "select, cancelled", select(0, &set, NULL, NULL, &time) == SOCKET_ERROR,
          WSAEINTR);
    WSAUnhookBlockingHook();
    fails("DOC-HOOK-04.5", "WSACancelBlockingCall outside of a call", WSACancelBlockingCall() != 0,
          WSAEINVAL);
    works("DOC-HOOK-04.6", "send to the socket whose receive was cancelled",
          send(pair.server, "x", 1, 0) == 1);
    works("DOC-HOOK-04.7", "recv on it", recv(pair.client, &byte, 1, 0) == 1 && byte == 'x');
    closesocket(datagram);
    conf_pair_close(pair);
}

int main(void)
{
    conf_begin("WSASetBlockingHook WSAUnhookBlockingHook WSAIsBlocking WSACancelBlockingCall");
    who();
    choosing();
    running();
    nesting();
    cancelling();
    return conf_end();
}
