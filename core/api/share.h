/* SPDX-License-Identifier: MIT */
/* How a ticket of WSADuplicateSocket() stands in protocol information. */
#ifndef CORE_API_SHARE_H
#define CORE_API_SHARE_H

#include <winsock2.h>

#include <stdbool.h>

#include "ring/host/share.h"

/* A ticket is in fields that are 0 in what WSAEnumProtocols() tells, before szProtocol. */
bool share_ticket_is(const WSAPROTOCOL_INFOA *info);
/* False: those fields are not 0, but were not written here. */
bool share_ticket_read(const WSAPROTOCOL_INFOA *info, struct host_ticket *ticket);

#endif
