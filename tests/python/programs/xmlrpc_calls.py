"""An XML-RPC server, and calls to it."""

import threading
import xmlrpc.client
import xmlrpc.server

server = xmlrpc.server.SimpleXMLRPCServer(("127.0.0.1", 0), logRequests=False)
server.register_function(pow)
server.register_introspection_functions()
threading.Thread(target=server.serve_forever, daemon=True).start()
with xmlrpc.client.ServerProxy(f"http://127.0.0.1:{server.server_address[1]}") as proxy:
    print(proxy.pow(2, 10), "system.listMethods" in proxy.system.listMethods())
server.shutdown()
server.server_close()
