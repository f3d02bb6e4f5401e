// First, so that libevent's own _GNU_SOURCE comes too late to give this module other system types
// than Glibc's.
#include <features.h>
#include <event2/event.h>
#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>
// Not in the Glibc module: what wakes the loop from other threads, and what the load client waits
// with.
#include <sys/eventfd.h>
#include <sys/epoll.h>
