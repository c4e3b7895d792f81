#!/usr/bin/python3
"""The command line itself, and the verbs that look things up."""

import os
import re
import shutil
import socket
import subprocess
import unittest

from harness import TOOL, Output, ToolTest, events, need, priz, run

VERBS = ("listen", "connect", "bench", "lookup", "sim", "tour", "doctor", "completion")
WITHOUT_URING = os.path.join(os.path.dirname(TOOL), "../tests/backends/without_uring")
PAGE = os.path.join(os.environ["PRIZ_TEST_DIR"], "../../cli/priz.1")


def help_of(verb):
    return priz(verb, "--help")[1].decode()


def options_in(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


class CommandLine(ToolTest):
    def test_help_begins_with_examples(self):
        for arguments in ([], *([verb] for verb in VERBS)):
            code, out, err = priz(*arguments, "--help")
            self.assertEqual((code, err), (0, ""))
            self.assertTrue(out.startswith(b"Examples:\n  "), arguments)

    def test_every_verb_has_the_common_options(self):
        for verb in VERBS:
            self.assertLessEqual({"--json", "--timeout", "--color", "--quiet", "--help"}, options_in(help_of(verb)))

    def test_an_unknown_verb_names_the_nearest(self):
        for typed, meant in {"lisen": "listen", "conect": "connect", "lokup": "lookup", "tuor": "tour"}.items():
            code, out, err = priz(typed)
            self.assertEqual((code, out), (2, b""))
            self.assertIn(f"did you mean '{meant}'?", err)

    def test_an_unknown_option_names_the_nearest(self):
        for typed, meant in {("listen", "--ehco", ":0"): "--echo", ("--versoin",): "--version"}.items():
            code, _, err = priz(*typed)
            self.assertEqual(code, 2)
            self.assertRegex(err, f"there is no option '--[a-z]+'; did you mean '{meant}'?")

    def test_a_number_that_cannot_be_is_named(self):
        for wrong in ("0", "-1", "many", "1.5", "99999999999999999999"):
            _, _, err = priz("listen", "--max-conns", wrong, ":0")
            self.assertIn(f"--max-conns: '{wrong}' is no number of 1 or more\n", err)

    def test_without_a_verb_the_message_says_what_is_missing(self):
        self.assertIn("priz: a verb is missing\n", priz()[2])

    def test_a_missing_argument_shows_an_example(self):
        for verb in ("listen", "connect", "bench", "completion"):
            code, _, err = priz(verb)
            self.assertEqual(code, 2)
            self.assertIn("for example:", err)

    def test_what_cannot_be_is_a_usage_error(self):
        for wrong in (
            [],
            ["listen", "--echo", "--hello", ":0"],
            ["listen", "--max-conns", "0", ":0"],
            ["listen", "--nonsense", ":0"],
            ["connect", "--timeout", "5x", ":1"],
            ["connect", "--timeout", "-1", ":1"],
            ["lookup", "--family", "5", "localhost"],
            ["completion", "tcsh"],
        ):
            self.assertEqual(priz(*wrong)[0], 2, wrong)

    def test_the_version(self):
        self.assertRegex(priz("--version")[1].decode(), r"^priz \d+\.\d+\.\d+\n$")

    def test_colours_only_on_a_terminal_or_when_asked_for(self):
        self.assertNotIn(b"\x1b", priz("doctor")[1])
        self.assertIn(b"\x1b", priz("doctor", "--color", "always")[1])
        self.assertIn(b"\x1b", self.on_a_terminal({}))
        self.assertNotIn(b"\x1b", self.on_a_terminal({"NO_COLOR": "1"}))

    def on_a_terminal(self, environment):
        master, slave = os.openpty()
        self.addCleanup(os.close, master)
        subprocess.run([TOOL, "lookup", "127.0.0.1"], stdout=slave, env=os.environ | environment, check=True)
        os.close(slave)
        return Output(master).until(b"IPv4")


class Completion(ToolTest):
    def test_each_shell_takes_its_script(self):
        for shell in ("bash", "zsh", "fish"):
            code, script, _ = priz("completion", shell)
            self.assertEqual(code, 0)
            for verb in VERBS:
                self.assertIn(verb.encode(), script)
            if shutil.which(shell):
                self.assertEqual(run(shell, "-n", "/dev/stdin", stdin=script)[0], 0, shell)

    def test_bash_completes_verbs_options_and_values(self):
        for typed, completed in {
            "priz li": "listen",
            "priz listen --ec": "--echo",
            "priz connect --color al": "always",
            "priz completion z": "zsh",
        }.items():
            script = f"""source <({TOOL} completion bash)
COMP_WORDS=({typed}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1)); _priz; echo "${{COMPREPLY[@]}}" """
            self.assertEqual(run(need("bash"), "-c", script)[1].decode().strip(), completed)


class Manual(ToolTest):
    def test_every_option_is_in_the_manual_and_no_other(self):
        with open(PAGE, encoding="utf-8") as file:
            page = file.read().replace("\\-", "-")
        described = {verb: options_in(help_of(verb)) for verb in VERBS}
        self.assertEqual(options_in(page) - {"--version"}, set().union(*described.values()))
        for verb in VERBS:
            self.assertIn(f".SS priz {verb}", page)

    def test_the_manual_is_sound(self):
        need("man")
        done = subprocess.run(["man", "--warnings", "-l", PAGE], capture_output=True, env=os.environ | {"MANPAGER": "cat"})
        self.assertEqual((done.returncode, done.stderr), (0, b""))


class Lookup(ToolTest):
    def test_the_addresses_are_those_of_getaddrinfo(self):
        code, out, _ = priz("lookup", "--json", "localhost", "80")
        self.assertEqual(code, 0)
        names = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
        wanted = [(names[family], host[0], host[1], proto) for family, _, proto, _, host in socket.getaddrinfo("localhost", 80)]
        found = [(e["family"], e["host"], e["port"], e["proto"]) for e in events(out) if e["event"] == "address"]
        self.assertEqual(found, wanted)

    def test_the_reverse(self):
        code, out, _ = priz("lookup", "--json", "--reverse", "127.0.0.1")
        self.assertEqual((code, events(out)[0]["name"]), (0, socket.gethostbyaddr("127.0.0.1")[0]))

    def test_the_own_name(self):
        code, out, _ = priz("lookup", "--json")
        self.assertEqual((code, events(out)[0]["name"]), (0, socket.gethostname()))

    def test_an_empty_name_is_not_this_machine(self):
        code, out, err = priz("lookup", "")
        self.assertEqual((code, out), (2, b""))
        self.assertIn("priz lookup: NAME: it is empty", err)

    def test_a_name_that_nobody_has_is_6(self):
        code, out, err = priz("lookup", "--json", "no-such-name.invalid")
        self.assertEqual(code, 6)
        self.assertEqual((events(out)[-1]["event"], events(out)[-1]["code"]), ("error", 6))
        self.assertIn("priz lookup: ", err)


class Doctor(ToolTest):
    def test_each_finding_has_a_state_and_each_trouble_a_remedy(self):
        code, out, _ = priz("doctor", "--json")
        findings = events(out)
        subjects = {one["subject"] for one in findings}
        self.assertLessEqual({"kernel", "IPv4", "IPv6", "Unix sockets", "open files", "name servers"}, subjects)
        self.assertEqual(code, 1 if "broken" in {one["state"] for one in findings} else 0)
        for one in findings:
            if one["state"] in ("warn", "broken"):
                self.assertIn("remedy", one)

    def event_loop(self, *wrapper, **variables):
        """The state, the detail and the exit code of what it finds of the event loop."""
        environment = {k: v for k, v in os.environ.items() if k not in ("PRIZ_BACKEND", "PRIZ_RECEIVE")} | variables
        done = subprocess.run([*wrapper, TOOL, "doctor", "--json"], env=environment, capture_output=True)
        if done.returncode == 77:
            self.skipTest("this process may not install filters")
        [found] = [one for one in events(done.stdout) if one["subject"] == "event loop"]
        return found, done.returncode

    def test_it_says_which_backend_loops_have(self):
        found, _ = self.event_loop()
        self.assertIn(found["state"], ("ok", "note"))
        self.assertRegex(found["detail"], "^(io_uring: it is here|epoll, with the same results, in place of io_uring: .)")

    def test_a_backend_that_the_environment_names_is_said_to_be_named(self):
        found, _ = self.event_loop(PRIZ_BACKEND="epoll")
        self.assertEqual((found["state"], found["detail"]), ("note", "epoll: PRIZ_BACKEND asks for it"))

    def test_a_backend_that_does_not_exist_is_broken(self):
        found, code = self.event_loop(PRIZ_BACKEND="kqueue")
        self.assertEqual((found["state"], code), ("broken", 1))
        self.assertIn("PRIZ_BACKEND=kqueue", found["detail"])
        self.assertIn("it is uring or epoll", found["detail"])
        self.assertIn("unset PRIZ_BACKEND", found["remedy"])
        found, code = self.event_loop(PRIZ_RECEIVE="bucket")
        self.assertEqual((found["state"], code), ("broken", 1))
        self.assertIn("PRIZ_RECEIVE=bucket", found["detail"])

    def test_under_a_filter_that_forbids_io_uring_it_says_so(self):
        found, _ = self.event_loop(WITHOUT_URING)
        self.assertEqual(found["state"], "note")
        self.assertIn("epoll", found["detail"])
        self.assertIn("seccomp", found["detail"])
        found, code = self.event_loop(WITHOUT_URING, PRIZ_BACKEND="uring")
        self.assertEqual((found["state"], code), ("broken", 1))


class Tour(ToolTest):
    def test_everything_works_and_nothing_is_left_behind(self):
        code, out, err = priz("tour", "--json")
        self.assertEqual((code, err), (0, ""), out)
        programs = [one for one in events(out) if one["event"] == "program"]
        self.assertEqual({one["id"] for one in programs}, {"P1, P2", "P3", "P4", "P5", "P6", "P7"})
        self.assertTrue(all(one["ok"] for one in programs))

    def test_a_tour_without_time_fails_and_says_why(self):
        code, _, err = priz("tour", "--timeout", "1ms")
        self.assertNotEqual(code, 0)
        self.assertIn("priz tour: ", err)


if __name__ == "__main__":
    unittest.main()
