"""Which of CPython's test modules are run, and which tests of them have to do with sockets."""

SETS = {
    "core": """test_socket test_timeout _test_eintr test_select test_selectors test_poll
        test_epoll test_socketserver test_asyncore test_asynchat test_audit
        test_exception_hierarchy test_asyncio.test_sock_lowlevel
        test_asyncio.test_selector_events test_asyncio.test_streams test_asyncio.test_events
        test_asyncio.test_base_events test_asyncio.test_unix_events test_asyncio.test_server
        test_asyncio.test_sendfile test_asyncio.test_buffered_proto
        test_asyncio.test_transports""".split(),
    "net": """test_ftplib test_httplib test_httpservers test_urllib test_urllib2
        test_urllib2_localnet test_robotparser test_wsgiref test_smtplib test_smtpd test_poplib
        test_imaplib test_nntplib test_telnetlib test_xmlrpc test_docxmlrpc test_logging
        test_os test_signal""".split(),
    "ssl": "test_ssl test_asyncio.test_ssl test_asyncio.test_sslproto".split(),
    "mp": """test_multiprocessing_fork test_multiprocessing_spawn
        test_multiprocessing_forkserver""".split(),
}
MATCH = {  # only the tests that have to do with sockets
    "_test_eintr": "*SocketEINTR*",
    "test_audit": "*socket*",
    "test_logging": "*Socket*|*Datagram*|*SysLog*|*SMTP*|*HTTP*|*Config*",
    "test_os": "*Sendfile*|*sendfile*|*Inherit*|*inherit*",
    "test_signal": "*Wakeup*|*wakeup*",
    **dict.fromkeys(SETS["mp"], "*Connection*|*Listener*|*OtherTest*|*TestWait*"
                                "|*RemoteManager*|*PollEintr*"),
}
LOCAL_NETWORK = ("test_socketserver", "test_timeout")  # want the resource "network", use only loopback


def choose(words):
    """The modules that a comma-separated list of modules and sets means."""
    names = []
    for word in words.split(","):
        names += sum(SETS.values(), []) if word == "all" else SETS.get(word, [word])
    return list(dict.fromkeys(names))
