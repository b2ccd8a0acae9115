/* SPDX-License-Identifier: MIT */
/* The texts of FormatMessage, in our own words. X(code, text); a code twice does not compile. */
#ifndef CORE_API_MESSAGE_ROWS_H
#define CORE_API_MESSAGE_ROWS_H

/* clang-format off */
#define MESSAGE_WIN32(X) \
    X(ERROR_SUCCESS, "The call succeeded.") \
    X(ERROR_INVALID_FUNCTION, "There is no such function.") \
    X(ERROR_FILE_NOT_FOUND, "There is no file of that name.") \
    X(ERROR_PATH_NOT_FOUND, "There is no directory of that name.") \
    X(ERROR_TOO_MANY_OPEN_FILES, "Too many files are open.") \
    X(ERROR_ACCESS_DENIED, "Access was denied.") \
    X(ERROR_INVALID_HANDLE, "The handle does not name an object of the right kind.") \
    X(ERROR_NOT_ENOUGH_MEMORY, "There is not enough memory.") \
    X(ERROR_WRITE_PROTECT, "It cannot be written to.") \
    X(ERROR_CRC, "The data were damaged (checksum error).") \
    X(ERROR_GEN_FAILURE, "The device or thread does not work.") \
    X(ERROR_SHARING_VIOLATION, "Somebody else uses the file.") \
    X(ERROR_HANDLE_EOF, "The end of the file was reached.") \
    X(ERROR_NOT_SUPPORTED, "This is not supported.") \
    X(ERROR_BAD_NETPATH, "The network path was not found.") \
    X(ERROR_NETWORK_BUSY, "The network is busy.") \
    X(ERROR_UNEXP_NET_ERR, "An unexpected network error occurred.") \
    X(ERROR_NETNAME_DELETED, "The connection was reset or is gone.") \
    X(ERROR_FILE_EXISTS, "The file exists already.") \
    X(ERROR_INVALID_PARAMETER, "A parameter is wrong.") \
    X(ERROR_BROKEN_PIPE, "The other side has closed.") \
    X(ERROR_DISK_FULL, "The disk is full.") \
    X(ERROR_SEM_TIMEOUT, "The operation timed out.") \
    X(ERROR_INSUFFICIENT_BUFFER, "The buffer is too small.") \
    X(ERROR_INVALID_NAME, "The name is not valid.") \
    X(ERROR_NEGATIVE_SEEK, "There is nothing before the beginning of the file.") \
    X(ERROR_ALREADY_EXISTS, "The object exists already.") \
    X(ERROR_FILENAME_EXCED_RANGE, "The name is too long.") \
    X(ERROR_NO_DATA, "There are no data, and there will be none.") \
    X(ERROR_MORE_DATA, "There are more data than the buffer holds.") \
    X(ERROR_NO_MORE_ITEMS, "There are no more of these.") \
    X(ERROR_NOT_OWNER, "The calling thread does not own the mutex.") \
    X(ERROR_TOO_MANY_POSTS, "The semaphore would exceed its maximum.") \
    X(ERROR_MR_MID_NOT_FOUND, "There is no text for that message number.") \
    X(ERROR_ABANDONED_WAIT_0, "What the thread waited for was closed.") \
    X(ERROR_OPERATION_ABORTED, "The operation was cancelled.") \
    X(ERROR_IO_INCOMPLETE, "The operation has not finished.") \
    X(ERROR_IO_PENDING, "The operation goes on in the background.") \
    X(ERROR_NOACCESS, "The memory cannot be accessed.") \
    X(ERROR_IO_DEVICE, "The device failed.") \
    X(ERROR_NOT_FOUND, "Nothing was found.") \
    X(ERROR_INVALID_NETNAME, "The network name is not valid.") \
    X(ERROR_CANCELLED, "The operation was cancelled by its user.") \
    X(ERROR_CONNECTION_REFUSED, "The other side refused the connection.") \
    X(ERROR_GRACEFUL_DISCONNECT, "The connection was closed in order.") \
    X(ERROR_ADDRESS_ALREADY_ASSOCIATED, "The address is in use.") \
    X(ERROR_CONNECTION_INVALID, "The connection does not exist.") \
    X(ERROR_CONNECTION_ACTIVE, "The connection is in use.") \
    X(ERROR_NETWORK_UNREACHABLE, "The network cannot be reached.") \
    X(ERROR_HOST_UNREACHABLE, "The host cannot be reached.") \
    X(ERROR_PROTOCOL_UNREACHABLE, "The host does not know the protocol.") \
    X(ERROR_PORT_UNREACHABLE, "Nobody listens on that port of the host.") \
    X(ERROR_REQUEST_ABORTED, "The request was given up.") \
    X(ERROR_CONNECTION_ABORTED, "The connection was ended on this side.") \
    X(ERROR_PRIVILEGE_NOT_HELD, "A privilege is missing.") \
    X(ERROR_NO_SYSTEM_RESOURCES, "The system lacks resources.") \
    X(ERROR_WORKING_SET_QUOTA, "The process may not lock more memory.") \
    X(ERROR_TIMEOUT, "The time is over.") \
    X(ERROR_INVALID_USER_BUFFER, "The buffer cannot be used.") \
    X(ERROR_RESOURCE_LANG_NOT_FOUND, "There is no text in that language.") \
    X(WAIT_TIMEOUT, "The wait timed out.")

#define MESSAGE_WINSOCK(X) \
    X(WSAEINTR, "The blocking call was interrupted.") \
    X(WSAEBADF, "The descriptor is not valid.") \
    X(WSAEACCES, "The socket may not be used in this way.") \
    X(WSAEFAULT, "A pointer does not lead to usable memory.") \
    X(WSAEINVAL, "An argument, or the state of the socket, does not fit the call.") \
    X(WSAEMFILE, "No more sockets can be opened.") \
    X(WSAEWOULDBLOCK, "The call cannot finish at once.") \
    X(WSAEINPROGRESS, "A blocking call is under way.") \
    X(WSAEALREADY, "The socket is busy with an earlier request.") \
    X(WSAENOTSOCK, "The value is not an open socket.") \
    X(WSAEDESTADDRREQ, "A destination address is needed.") \
    X(WSAEMSGSIZE, "The message is larger than the buffer or the limit.") \
    X(WSAEPROTOTYPE, "The protocol does not suit the type of socket.") \
    X(WSAENOPROTOOPT, "The option is unknown at this level.") \
    X(WSAEPROTONOSUPPORT, "The protocol is not supported.") \
    X(WSAESOCKTNOSUPPORT, "The type of socket is not supported.") \
    X(WSAEOPNOTSUPP, "The socket does not support this operation.") \
    X(WSAEPFNOSUPPORT, "The protocol family is not supported.") \
    X(WSAEAFNOSUPPORT, "The address family does not suit the socket.") \
    X(WSAEADDRINUSE, "The address is in use.") \
    X(WSAEADDRNOTAVAIL, "The address does not belong to this machine, or is not valid.") \
    X(WSAENETDOWN, "The network is down.") \
    X(WSAENETUNREACH, "The network cannot be reached.") \
    X(WSAENETRESET, "The connection broke because keep-alive went unanswered.") \
    X(WSAECONNABORTED, "The connection was ended on this side.") \
    X(WSAECONNRESET, "The other side reset the connection.") \
    X(WSAENOBUFS, "There is no room for buffers.") \
    X(WSAEISCONN, "The socket is connected already.") \
    X(WSAENOTCONN, "The socket is not connected.") \
    X(WSAESHUTDOWN, "That direction of the socket was shut down.") \
    X(WSAETOOMANYREFS, "There are too many references.") \
    X(WSAETIMEDOUT, "The other side did not answer in time.") \
    X(WSAECONNREFUSED, "The other side refused the connection.") \
    X(WSAELOOP, "The name cannot be translated.") \
    X(WSAENAMETOOLONG, "The name is too long.") \
    X(WSAEHOSTDOWN, "The host is down.") \
    X(WSAEHOSTUNREACH, "There is no way to the host.") \
    X(WSAENOTEMPTY, "The directory is not empty.") \
    X(WSAEPROCLIM, "Too many programs use Winsock.") \
    X(WSAEUSERS, "The user quota is exhausted.") \
    X(WSAEDQUOT, "The disk quota is exhausted.") \
    X(WSAESTALE, "The reference is out of date.") \
    X(WSAEREMOTE, "The object is on another machine.") \
    X(WSASYSNOTREADY, "The network subsystem cannot work now.") \
    X(WSAVERNOTSUPPORTED, "That version of Winsock is not supported.") \
    X(WSANOTINITIALISED, "WSAStartup has not been called.") \
    X(WSAEDISCON, "The other side has begun to close the connection.") \
    X(WSAENOMORE, "There are no more results.") \
    X(WSAECANCELLED, "The call was cancelled.") \
    X(WSAEINVALIDPROCTABLE, "The provider's table of functions is not valid.") \
    X(WSAEINVALIDPROVIDER, "The provider is not valid.") \
    X(WSAEPROVIDERFAILEDINIT, "The provider could not start.") \
    X(WSASYSCALLFAILURE, "A system call failed that never should.") \
    X(WSASERVICE_NOT_FOUND, "The service is unknown.") \
    X(WSATYPE_NOT_FOUND, "The class is unknown.") \
    X(WSA_E_NO_MORE, "There are no more results in this lookup.") \
    X(WSA_E_CANCELLED, "The lookup was cancelled.") \
    X(WSAEREFUSED, "The query was refused.") \
    X(WSAHOST_NOT_FOUND, "There is no such host.") \
    X(WSATRY_AGAIN, "The name server did not answer; try again later.") \
    X(WSANO_RECOVERY, "The name server failed for good.") \
    X(WSANO_DATA, "The name exists, but has no data of that kind.")
/* clang-format on */

#endif
