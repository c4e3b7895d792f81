#!/usr/bin/python3
"""`priz sim`: what a scenario says, and that a seed says it again."""

import re
import unittest

from harness import ToolTest, events, priz

NAMES = ["hello", "lossy", "partition", "happy-eyeballs", "crash", "one-recv"]


def says(trace):
    return [line.split(": says: ")[1] for line in trace.decode().splitlines() if ": says: " in line]


class Scenarios(ToolTest):
    def test_without_a_name_they_are_listed(self):
        code, out, err = priz("sim", "--json")
        self.assertEqual((code, err, [one["name"] for one in events(out)]), (0, "", NAMES))
        self.assertEqual([line.split()[0] for line in priz("sim")[1].decode().splitlines()], NAMES)

    def test_a_seed_gives_the_same_trace_byte_for_byte_and_another_seed_another_one(self):
        for name in NAMES:
            with self.subTest(name):
                first, second = (priz("sim", name, "--seed", "5") for _ in range(2))
                self.assertEqual(first, second)
                self.assertNotEqual(first[1], priz("sim", name, "--seed", "6")[1])

    def test_hello_is_an_echo_in_two_round_trips(self):
        code, out, err = priz("sim", "hello")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(says(out), ["connected to 10.0.0.1:7000", "got back hello"])
        self.assertRegex(out.decode().splitlines()[0], r"^0\.000000000 client: tcp .* > 10\.0\.0\.1:7000 SYN ")
        self.assertRegex(out.decode(), r"\nhello with seed 1: 0\.080000000 s, \d+ steps, fingerprint [0-9a-f]{16}\n$")

    def test_lossy_loses_packets_and_no_byte(self):
        code, out, _ = priz("sim", "lossy")
        self.assertEqual((code, says(out)[-1]), (0, "got back 20000 bytes"))
        self.assertIn(b" lost\n", out)

    def test_in_a_partition_the_deadline_fires(self):
        code, out, _ = priz("sim", "partition")
        silence = "no answer within half a second"
        self.assertEqual((code, says(out)), (0, ["an answer", silence, silence, "an answer", "an answer"]))

    def test_the_address_that_refuses_costs_a_round_trip(self):
        code, out, _ = priz("sim", "happy-eyeballs")
        self.assertEqual((code, says(out)), (0, ["connected to 10.0.0.1:7000"]))
        self.assertRegex(out, rb"client: tcp \[2001:db8::2\]:\d+ > \[2001:db8::1\]:7000 SYN")

    def test_after_a_crash_the_client_goes_on_where_it_was(self):
        code, out, _ = priz("sim", "crash")
        self.assertEqual((code, says(out)[0], says(out)[-1]), (0, "timed out after 12000 bytes", "has all 30000 bytes"))

    def test_events_are_json_one_a_line(self):
        code, out, _ = priz("sim", "hello", "--json")
        *trace, last = events(out)
        self.assertEqual((code, {event["event"] for event in trace}), (0, {"trace"}))
        lines = ["{time} {host}: {what}\n".format(**event) for event in trace]
        self.assertTrue(priz("sim", "hello")[1].decode().startswith("".join(lines)))
        self.assertEqual((last["event"], last["name"], last["seed"], last["ok"]), ("played", "hello", 1, True))


class Seeds(ToolTest):
    def test_every_claim_holds_with_many_seeds(self):
        for name in NAMES[:-1]:
            code, out, err = priz("sim", name, "--seeds", "100")
            self.assertEqual((code, out.decode(), err), (0, f"{name} holds with 100 seeds from 1 on\n", ""))

    def test_a_bug_is_found_and_its_seed_shows_it_again(self):
        code, out, err = priz("sim", "one-recv", "--seeds", "1000")
        self.assertEqual(code, 1)
        seed = re.fullmatch(r"priz sim: seed (\d+) fails: one receive gives one message\n", err)[1]
        self.assertIn(b" fault: ", out)
        self.assertEqual(priz("sim", "one-recv", "--seed", seed), (code, out, err))
        told = events(priz("sim", "one-recv", "--seed", seed, "--json")[1])
        self.assertEqual((told[-2]["problem"], told[-1]["code"]), ("one receive gives one message", 1))

    def test_the_first_seed_may_be_chosen(self):
        out = priz("sim", "hello", "--seed", "50", "--seeds", "3", "--json")[1]
        self.assertEqual(events(out), [{"event": "seeds", "name": "hello", "first": 50, "count": 3, "ok": True}])

    def test_no_time_is_28(self):
        code, _, err = priz("sim", "hello", "--seeds", "1000000", "--timeout", "0")
        self.assertEqual((code, err), (28, "priz sim: 0 seeds of 1000000 hold, and the time is over\n"))

    def test_what_cannot_be_is_a_usage_error(self):
        for wrong, why in {
            ("helo",): "there is no scenario 'helo', did you mean 'hello'?",
            ("hello", "--seed", "0"): "'0' is no number of 1 or more",
            ("hello", "--seeds", "many"): "'many' is no number of 1 or more",
            ("--seed", "1"): "requires SCENARIO",
        }.items():
            code, out, err = priz("sim", *wrong)
            self.assertEqual((code, out), (2, b""), wrong)
            self.assertIn(why, err)


if __name__ == "__main__":
    unittest.main()
