"""priz for Python: the socket layer of Python on priz's core.

    import priz.socket as socket      the module `socket`, whole, in a program of your own
    python3 -m priz PROGRAM ...       an unmodified program, with priz below all of its sockets
"""
