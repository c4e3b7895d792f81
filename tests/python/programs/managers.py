"""Objects that processes share by managers of multiprocessing, over TCP and Unix sockets, forked and spawned."""

import multiprocessing
from multiprocessing.managers import BaseManager


class Counter:
    def __init__(self):
        self.count = 0

    def add(self, number):
        self.count += number
        return self.count


class Manager(BaseManager):
    pass


Manager.register("Counter", Counter)


def add(counter, number):
    counter.add(number)


def main():
    for method in ("fork", "spawn"):
        context = multiprocessing.get_context(method)
        for address in (("127.0.0.1", 0), None):
            with Manager(address, b"secret", ctx=context) as manager:
                counter = manager.Counter()
                workers = [context.Process(target=add, args=(counter, number)) for number in range(1, 4)]
                for worker in workers:
                    worker.start()
                for worker in workers:
                    worker.join()
                print(method, "tcp" if address else "unix", counter.add(0))


if __name__ == "__main__":
    main()
