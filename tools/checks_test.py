#!/usr/bin/python3
"""Proves of each check that it can fail: a small tree that is right, one fault planted in it, and what is then said."""

import platform
import shutil
import subprocess
import tempfile
import textwrap
import unittest
from pathlib import Path

import check_coroutines
import check_docs
import check_doors
import check_format
import check_rooms
import check_style
import doxygen_filter

RIGHT = {
    "rooms.txt": "core | | ares | the bottom\ncli | core | fmt | a user\n",
    ".clang-format": "BasedOnStyle: Google\nIndentWidth: 4\nIncludeBlocks: Preserve\nAllowShortFunctionsOnASingleLine: Empty\n",
    "include/priz/pipe.hpp": "// priz/pipe.hpp: a pipe.\n#pragma once\n\n#include <string>\n",
    "include/priz/socket.hpp": '// priz/socket.hpp: a socket.\n#pragma once\n\n#include "priz/pipe.hpp"\n',
    "src/core/sys.hpp": "// The door.\n#pragma once\n",
    "src/core/pipe.cpp": '#include "priz/pipe.hpp"\n\n#include <ares.h>\n\n#include "core/sys.hpp"\n',
    "src/core/pipe_test.cpp": "#include <gtest/gtest.h>\n",
    "cli/main.cpp": "#include <fmt/core.h>\n#include <priz/socket.hpp>\n\nint main() {}\n",
    "examples/hello.cpp": "#include <priz/socket.hpp>\n\nint main() {\n    return 0;\n}\n",
    "README.md": "# A\n\n```cpp\n#include <priz/socket.hpp>\n\nint main() {\n    return 0;\n}\n```\n",
    "docs/guide/first.md": "- so:\n\n  ```cpp\n  return 0;\n  ```\n",
    "tests/tutorials/run.py": "run('hello')\n",
    "tools/style_ratchet.txt": "# nothing\n",
}


class Tree(unittest.TestCase):
    check = None

    def setUp(self):
        self.root = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.root)
        for name, text in RIGHT.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def add(self, name, text):
        self.write(name, RIGHT.get(name, "") + text)

    def found(self):
        return type(self).check(self.root)

    def assert_found(self, *parts):
        findings = self.found()
        self.assertTrue(any(all(part in finding for part in parts) for finding in findings), findings)


class Rooms(Tree):
    check = check_rooms.check

    def test_a_right_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_room_may_not_look_up(self):
        self.write("rooms.txt", RIGHT["rooms.txt"] + "io | core | | above\n")
        self.write("include/priz/io/loop.hpp", "#pragma once\n")
        self.add("src/core/pipe.cpp", "#include <priz/io/loop.hpp>\n")
        self.assert_found("src/core/pipe.cpp:6", "core may include no other room, not io")

    def test_the_tool_sees_no_internals(self):
        self.add("cli/main.cpp", '#include "../src/core/sys.hpp"\n')
        self.assert_found("cli/main.cpp:5", "public headers only")

    def test_a_public_header_hides_libraries(self):
        self.add("include/priz/pipe.hpp", "#include <ares.h>\n")
        self.assert_found("include/priz/pipe.hpp:5", "a public header shows no ares")

    def test_a_library_is_named_in_rooms_txt(self):
        self.add("src/core/pipe.cpp", "#include <openssl/ssl.h>\n")
        self.assert_found("src/core/pipe.cpp:6", "core may not include openssl")

    def test_gtest_is_for_tests_alone(self):
        self.add("src/core/pipe.cpp", "#include <gtest/gtest.h>\n")
        self.assert_found("src/core/pipe.cpp:6", "gtest")

    def test_an_include_in_a_comment_is_none(self):
        self.add("src/core/pipe.cpp", "// #include <openssl/ssl.h>\n")
        self.assertEqual(self.found(), [])

    def test_a_header_that_is_not_there(self):
        self.add("src/core/pipe.cpp", '#include "core/gone.hpp"\n')
        self.assert_found("src/core/pipe.cpp:6", "no such file")

    def test_a_folder_without_a_line(self):
        self.write("src/tls/context.cpp", "")
        self.assert_found("no line for the room tls")

    def test_a_line_without_a_folder(self):
        self.write("rooms.txt", RIGHT["rooms.txt"] + "tls | core | openssl | later\n")
        self.assert_found("tls is no folder")

    def test_rooms_stand_in_order(self):
        self.write("rooms.txt", "cli | core | fmt | a user\ncore | | ares | the bottom\n")
        self.assert_found("rooms.txt:1", "must have its line above")


class Style(Tree):
    check = check_style.check

    def test_a_right_tree_passes(self):
        self.assertEqual(self.found(), [])

    def planted(self, name, text, rule):
        self.write(name, RIGHT.get(name, "") + text)
        self.assert_found(name, f": {rule}: ")

    def test_a_system_call_beside_the_door(self):
        self.planted("src/core/pipe.cpp", "int f() { return ::recv(1, nullptr, 0, 0); }\n", "system-call")

    def test_a_system_call_in_the_binding(self):
        self.planted("python/pipe.cpp", "int f() { return ::recv(1, nullptr, 0, 0); }\n", "system-call")

    def test_the_door_itself_may_call(self):
        self.write("src/core/sys.cpp", "int f() { return ::recv(1, nullptr, 0, 0); }\n")
        self.assertEqual(self.found(), [])

    def test_the_doors_of_the_loop_may_call(self):
        for name in ("uring/sys_uring.hpp", "epoll/sys_epoll.hpp"):
            self.write(f"src/io/{name}", "// Doors.\n#pragma once\ninline int f() { return ::recv(1, nullptr, 0, 0); }\n")
        self.assertEqual(self.found(), [])

    def test_a_system_call_beside_the_doors_of_the_loop(self):
        self.planted("src/io/uring/ring.cpp", "void* f() { return ::mmap(nullptr, 1, 0, 0, -1, 0); }\n", "system-call")
        self.planted("src/io/sys_loop.cpp", "int f() { return ::recv(1, nullptr, 0, 0); }\n", "system-call")

    def test_a_method_of_the_same_name_is_no_system_call(self):
        self.add("src/core/pipe.cpp", "void f() { priz::close(1); std::bind(f); s.recv(1); }\n")
        self.assertEqual(self.found(), [])

    def test_a_system_call_in_a_comment_or_a_text_is_none(self):
        self.add("src/core/pipe.cpp", '// ::recv(\nauto s = "::recv("; auto r = R"(::send()";\n')
        self.assertEqual(self.found(), [])

    def test_printing(self):
        self.planted("src/core/pipe.cpp", "void f() { std::cout << 1; }\n", "print-in-library")

    def test_a_clock_in_a_public_header(self):
        self.planted("include/priz/pipe.hpp", "#include <chrono>\n", "heavy-header")

    def test_weight_that_reaches_the_socket_header(self):
        self.add("include/priz/pipe.hpp", "#include <map>\n")
        self.assert_found("include/priz/socket.hpp:4", "heavy-socket-header")

    def test_std_function(self):
        self.planted("include/priz/pipe.hpp", "void f(std::function<void()>);\n", "std-function")

    def test_sleeping_in_a_test(self):
        self.planted("src/core/pipe_test.cpp", "void f() { std::this_thread::sleep_for(t); }\n", "sleep-in-test")
        self.planted("tests/interop/peer.py", "import time\ntime.sleep(1)\n", "sleep-in-test")
        self.planted("tests/interop/peer.sh", "nc -l &\nsleep 1\n", "sleep-in-test")
        self.planted("src/io/pipe_test.cpp", "auto t = [] { return io::sleep(1); };\n", "sleep-in-test")

    def test_a_task_that_sleeps_in_virtual_time(self):
        asleep = "auto t = [] { return io::sleep(1); };\n"
        self.add("src/io/pipe_test.cpp", '#include "io/virtual_backend.hpp"\n' + asleep)
        self.assertEqual(self.found(), [])
        real = '#include "io/virtual_backend.hpp"\nauto u = [] { io::run(t()); };\n' + asleep
        self.planted("src/io/pipe_test.cpp", real, "sleep-in-test")

    def test_work_left_undone(self):
        self.planted("src/core/pipe.cpp", "// TO" "DO: later\n", "left-undone")

    def test_a_result_cast_away(self):
        self.planted("src/core/pipe.cpp", "void f() { (void)g.close(); }\n", "dropped-result")
        self.planted("src/core/pipe.cpp", "void f() { static_cast<void>(g.close()); }\n", "dropped-result")

    def test_a_result_cast_away_for_a_reason(self):
        self.add("src/core/pipe.cpp", "// Nobody is left to tell.\nauto f = [] { static_cast<void>(g.close()); };\n")
        self.add("src/core/pipe.cpp", "auto f = [] { static_cast<void>(g->release()); };\n")
        self.assertEqual(self.found(), [])

    def test_an_unused_parameter_may_be_named(self):
        self.add("src/core/pipe.cpp", "void f(int a) { (void)a; }\n")
        self.assertEqual(self.found(), [])

    def test_a_header_without_pragma_once(self):
        self.planted("src/core/other.hpp", "// Another.\n", "pragma-once")

    def test_a_header_without_an_opening(self):
        self.planted("src/core/other.hpp", "#pragma once\n", "opening")
        self.planted("include/priz/other.hpp", "// other.hpp\n#pragma once\n", "opening")

    def test_a_long_file(self):
        self.planted("src/core/long.cpp", "int a;\n" * 701, "long-file")

    def test_a_case_inside_a_function(self):
        self.planted("src/core/pipe.cpp", "int f() {\n#ifdef A\n    return 1;\n#endif\n}\n", "if-in-function")

    def test_a_case_around_functions_or_in_a_table(self):
        self.add(
            "src/core/pipe.cpp",
            "namespace a {\nstruct __attribute__((packed)) b {\n#ifdef A\n    int c() { return 1; }\n#endif\n};\n"
            "const int table[][1] = {\n    {1},\n#ifdef A\n    {2},\n#endif\n};\n}\n",
        )
        self.assertEqual(self.found(), [])

    def test_the_ratchet_tolerates_what_it_lists(self):
        self.add("src/core/pipe.cpp", "void f() { std::cout << 1; }\n")
        self.write("tools/style_ratchet.txt", "print-in-library src/core/pipe.cpp 1\n")
        self.assertEqual(self.found(), [])

    def test_the_ratchet_does_not_tolerate_more(self):
        self.add("src/core/pipe.cpp", "void f() { std::cout << 1; }\nvoid g() { std::cout << 1; }\n")
        self.write("tools/style_ratchet.txt", "print-in-library src/core/pipe.cpp 1\n")
        self.assert_found("src/core/pipe.cpp:7", "print-in-library")

    def test_the_ratchet_only_goes_down(self):
        self.write("tools/style_ratchet.txt", "print-in-library src/core/pipe.cpp 1\n")
        self.assert_found("take the line out")


class Format(Tree):
    check = check_format.check

    def test_a_right_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_file_out_of_shape(self):
        self.add("src/core/pipe.cpp", "int   a;\n")
        self.assert_found("src/core/pipe.cpp", "make format")


class Docs(Tree):
    check = check_docs.check

    def test_a_right_tree_passes(self):
        self.assertEqual(self.found(), [])

    def test_a_block_that_no_example_has(self):
        self.add("README.md", "\n```cpp\nreturn 1;\n```\n")
        self.assert_found("README.md:11", "in no file of examples/: return 1;")

    def test_an_example_that_nothing_runs(self):
        self.write("examples/lonely.cpp", "int main() {}\n")
        self.assert_found("examples/lonely.cpp: no test of tests/ runs it")
        self.write("examples/lonely.cpp", "// It prints:\n//   nothing\nint main() {}\n")
        self.assertEqual(self.found(), [])

    def test_lines_that_do_not_stand_together(self):
        self.write("docs/guide/first.md", "```cpp\nint main() {\n}\n```\n")
        self.assert_found("docs/guide/first.md:1")

    def test_a_python_block_that_no_example_has(self):
        self.add("README.md", "\n```python\nimport priz\n```\n")
        self.assert_found("in no file of examples/: import priz")
        self.write("examples/whole.py", '"""A module.\n\nIt prints:\n    nothing\n"""\nimport priz\n')
        self.assertEqual(self.found(), [])

    def test_a_python_example_that_nothing_runs(self):
        self.write("examples/lonely.py", "import priz\n")
        self.assert_found("examples/lonely.py: no test of tests/ runs it")

    def test_an_empty_block(self):
        self.add("README.md", "\n```cpp\n```\n")
        self.assert_found("(empty)")

    def test_another_name_for_the_language(self):
        self.add("README.md", "\n```c++\nreturn 0;\n```\n")
        self.assert_found("call the language cpp")

    def test_another_name_for_python(self):
        self.add("README.md", "\n```py\nimport priz\n```\n")
        self.assert_found("call the language python")

    def test_other_languages_are_free(self):
        self.add("README.md", "\n```sh\nmake run\n```\n")
        self.assertEqual(self.found(), [])


class Doors(unittest.TestCase):
    """The check reads compiled code, so each case is compiled."""

    def found(self, code):
        folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, folder)
        (folder / "pipe.cpp").write_text("#include <sys/socket.h>\n" + code)
        subprocess.run(["g++", "-O0", "-c", "pipe.cpp", "-o", "pipe.cpp.o"], check=True, cwd=folder)
        subprocess.run(["ar", "rc", "all.a", "pipe.cpp.o"], check=True, cwd=folder)
        return check_doors.check(folder / "all.a")

    DOOR = "namespace priz::sys { inline int listen(int fd) { return ::listen(fd, 1); } }\n"

    def test_a_call_through_the_door(self):
        self.assertEqual(self.found(self.DOOR + "int f() { return priz::sys::listen(0); }\n"), [])

    def test_a_call_beside_it(self):
        found = self.found(self.DOOR + "int f() { return listen(0, 1) + priz::sys::listen(0); }\n")
        self.assertEqual(found, ["pipe.cpp.o: f() calls listen; call priz::sys::listen"])

    INSTRUCTION = {"x86_64": "syscall", "aarch64": "svc #0"}.get(platform.machine())

    @unittest.skipIf(INSTRUCTION is None, "no name for this processor's instruction")
    def test_the_instruction_itself(self):
        enter = f'asm volatile("{self.INSTRUCTION}" ::: "memory");'
        self.assertEqual(self.found(f"namespace priz::sys {{ inline void enter() {{ {enter} }} }}\n"
                                    "void f() { priz::sys::enter(); }\n"), [])
        self.assertEqual(self.found(f"void f() {{ {enter} }}\n"),
                         ["pipe.cpp.o: f() calls syscall; call priz::sys::syscall"])


class Coroutines(unittest.TestCase):
    """Each line of `code` stands in a coroutine of its own."""

    AROUND = """\
        #include <coroutine>
        #include <string>
        #include <utility>
        struct task {
            struct promise_type {
                task get_return_object() { return {}; }
                std::suspend_never initial_suspend() noexcept { return {}; }
                std::suspend_never final_suspend() noexcept { return {}; }
                void return_void() {}
                void unhandled_exception() {}
            };
            task() {}
            ~task() {}
            bool await_ready() { return true; }
            void await_suspend(std::coroutine_handle<>) {}
            std::string await_resume() { return "x"; }
        };
        struct named { std::string name; int size; };
        struct sized { int from; int size; };
        struct built { built(std::string text) : name(text) {} std::string name; };
        template <class F> task with(F) { return {}; }
        task use(named) { return {}; }
        task use_sized(sized) { return {}; }
        task use_built(built) { return {}; }
        task use_pair(std::pair<int, named>) { return {}; }
        """

    def found(self, *code):
        text = textwrap.dedent(self.AROUND)
        lines = {text.count("\n") + 1 + i: line for i, line in enumerate(code)}
        text += "".join(f"task f{i}(std::string s, bool is_so) {{ {line} }}\n" for i, line in lines.items())
        with tempfile.NamedTemporaryFile("w", suffix=".cpp") as file:
            file.write(text)
            file.flush()
            findings = check_coroutines.judge(check_coroutines.query([file.name, "--", "-std=c++23"]))
        return {lines[int(finding.split(":")[1])] for finding in findings}

    def test_what_is_destroyed_twice(self):
        wrong = ("co_await with([s] { return s; });",
                 "co_await with([s]() -> task { co_await task(); });",
                 "co_await use({s, 1});",
                 "co_await use({.name = s, .size = 1});",
                 "co_await use(named{s, 1});",
                 "co_await use_pair(std::pair<int, named>(1, {s, 2}));",
                 "co_await with([&]() -> task { co_await use({s, 1}); });",
                 "std::string t = is_so ? co_await task() : s;",
                 "std::string all[] = {co_await task(), co_await task()};")
        self.assertEqual(self.found(*wrong), set(wrong))

    def test_what_is_not(self):
        self.assertEqual(self.found("co_await with([&] { return s; });",
                                    "co_await use_sized({1, 2});",
                                    "co_await use_built({s});",
                                    "auto later = with([s] { return s; }); co_await std::move(later);",
                                    "with([s]() -> task { co_await task(); }); co_return;",
                                    "auto n = is_so ? (co_await task()).size() : 0;",
                                    "std::string& r = is_so ? s : (co_await task(), s);",
                                    "std::string all[] = {s, s}; co_await task();"), set())


class Doxygen(unittest.TestCase):
    def test_prose_stays_prose(self):
        header = """\
            // priz/pipe.hpp: a pipe.
            //
            // Made from <a> & b, as `<a>` shows.
            #pragma once

            // Reads. Errors follow.
            // Errors:    timeout, and
            //            others.
            int read();  // never negative,
                         // never zero
            """
        expected = """\
            /// @file priz/pipe.hpp
            /// a pipe.
            /// Made from \\<a\\> \\& b, as `<a>` shows.
            #pragma once

            /// Reads. Errors follow.
            /// - **Errors:** timeout, and
            ///   others.
            int read();  ///< never negative,
                         ///< never zero
            """
        found = doxygen_filter.Filter()(textwrap.dedent(header))
        self.assertEqual([l.rstrip() for l in found.splitlines()], textwrap.dedent(expected).splitlines())


if __name__ == "__main__":
    unittest.main()
