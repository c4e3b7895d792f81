// priz/constants.hpp: every constant of Python's socket module, under its own name.
//
// Most are the C library's and the kernel's own macros and enumerations, and this header includes
// the headers that define them, in an order in which they bear each other: AF_*, SOCK_*, SO_*,
// MSG_*, SHUT_*, SOL_*, SCM_*, IP_*, IPV6_*, IPPROTO_*, INADDR_*, TCP_*, AI_*, NI_*, EAI_*,
// PACKET_*, NETLINK_*, VMADDR_*, CAN_*, J1939_*, TIPC_*, ALG_*. Those that Debian's headers lack
// are defined here, unless another header was first. They are plain C names, without `priz::`.
//
// Programs that need a few of them include the C headers instead; socket.hpp brings <sys/socket.h>.
// <linux/tcp.h> and <netinet/tcp.h> exclude each other, and this header includes the second.
// Python: the constants of the module socket
#pragma once

#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
// The kernel's headers after the C library's, so that they leave out what both define.
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/if_alg.h>
#include <linux/netlink.h>
#include <linux/tipc.h>
#include <linux/vm_sockets.h>

#include <cerrno>
#include <string_view>

// AF_ALG's public-key operations: known to some kernels and to no released header.
#ifndef ALG_OP_SIGN
#define ALG_OP_SIGN 2
#endif
#ifndef ALG_OP_VERIFY
#define ALG_OP_VERIFY 3
#endif
#ifndef ALG_SET_PUBKEY
#define ALG_SET_PUBKEY 6
#endif

// UDP-Lite's checksum coverage: udplite(7); the kernel keeps the numbers in a header of its own.
#ifndef UDPLITE_SEND_CSCOV
#define UDPLITE_SEND_CSCOV 10
#endif
#ifndef UDPLITE_RECV_CSCOV
#define UDPLITE_RECV_CSCOV 11
#endif

// Bluetooth, which the library BlueZ has headers for: bluetooth/bluetooth.h, bluetooth/hci.h.
#ifndef BTPROTO_L2CAP
#define BTPROTO_L2CAP 0
#endif
#ifndef BTPROTO_HCI
#define BTPROTO_HCI 1
#endif
#ifndef BTPROTO_SCO
#define BTPROTO_SCO 2
#endif
#ifndef BTPROTO_RFCOMM
#define BTPROTO_RFCOMM 3
#endif
#ifndef SOL_HCI
#define SOL_HCI 0
#endif
#ifndef HCI_DATA_DIR
#define HCI_DATA_DIR 1
#endif
#ifndef HCI_FILTER
#define HCI_FILTER 2
#endif
#ifndef HCI_TIME_STAMP
#define HCI_TIME_STAMP 3
#endif

// The CAN broadcast manager's, which linux/can/bcm.h has without the prefix.
#ifndef CAN_BCM_CAN_FD_FRAME
#define CAN_BCM_CAN_FD_FRAME CAN_FD_FRAME
#endif
#ifndef CAN_BCM_RX_ANNOUNCE_RESUME
#define CAN_BCM_RX_ANNOUNCE_RESUME RX_ANNOUNCE_RESUME
#endif
#ifndef CAN_BCM_RX_CHANGED
#define CAN_BCM_RX_CHANGED RX_CHANGED
#endif
#ifndef CAN_BCM_RX_CHECK_DLC
#define CAN_BCM_RX_CHECK_DLC RX_CHECK_DLC
#endif
#ifndef CAN_BCM_RX_DELETE
#define CAN_BCM_RX_DELETE RX_DELETE
#endif
#ifndef CAN_BCM_RX_FILTER_ID
#define CAN_BCM_RX_FILTER_ID RX_FILTER_ID
#endif
#ifndef CAN_BCM_RX_NO_AUTOTIMER
#define CAN_BCM_RX_NO_AUTOTIMER RX_NO_AUTOTIMER
#endif
#ifndef CAN_BCM_RX_READ
#define CAN_BCM_RX_READ RX_READ
#endif
#ifndef CAN_BCM_RX_RTR_FRAME
#define CAN_BCM_RX_RTR_FRAME RX_RTR_FRAME
#endif
#ifndef CAN_BCM_RX_SETUP
#define CAN_BCM_RX_SETUP RX_SETUP
#endif
#ifndef CAN_BCM_RX_STATUS
#define CAN_BCM_RX_STATUS RX_STATUS
#endif
#ifndef CAN_BCM_RX_TIMEOUT
#define CAN_BCM_RX_TIMEOUT RX_TIMEOUT
#endif
#ifndef CAN_BCM_SETTIMER
#define CAN_BCM_SETTIMER SETTIMER
#endif
#ifndef CAN_BCM_STARTTIMER
#define CAN_BCM_STARTTIMER STARTTIMER
#endif
#ifndef CAN_BCM_TX_ANNOUNCE
#define CAN_BCM_TX_ANNOUNCE TX_ANNOUNCE
#endif
#ifndef CAN_BCM_TX_COUNTEVT
#define CAN_BCM_TX_COUNTEVT TX_COUNTEVT
#endif
#ifndef CAN_BCM_TX_CP_CAN_ID
#define CAN_BCM_TX_CP_CAN_ID TX_CP_CAN_ID
#endif
#ifndef CAN_BCM_TX_DELETE
#define CAN_BCM_TX_DELETE TX_DELETE
#endif
#ifndef CAN_BCM_TX_EXPIRED
#define CAN_BCM_TX_EXPIRED TX_EXPIRED
#endif
#ifndef CAN_BCM_TX_READ
#define CAN_BCM_TX_READ TX_READ
#endif
#ifndef CAN_BCM_TX_RESET_MULTI_IDX
#define CAN_BCM_TX_RESET_MULTI_IDX TX_RESET_MULTI_IDX
#endif
#ifndef CAN_BCM_TX_SEND
#define CAN_BCM_TX_SEND TX_SEND
#endif
#ifndef CAN_BCM_TX_SETUP
#define CAN_BCM_TX_SETUP TX_SETUP
#endif
#ifndef CAN_BCM_TX_STATUS
#define CAN_BCM_TX_STATUS TX_STATUS
#endif

namespace priz {

// Whether priz knows IPv6: always. Whether this machine speaks it, a socket tells.
// Python: socket.has_ipv6
inline constexpr bool has_ipv6 = true;

// Bluetooth addresses in text; BlueZ's macros of these names are pointers to bytes.
#ifndef BDADDR_ANY
inline constexpr std::string_view BDADDR_ANY = "00:00:00:00:00:00";
#endif
#ifndef BDADDR_LOCAL
inline constexpr std::string_view BDADDR_LOCAL = "00:00:00:FF:FF:FF";
#endif

}  // namespace priz
