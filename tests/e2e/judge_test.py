"""`judge`: exporting requests, importing answers, and a live endpoint that misbehaves in all kinds of ways."""
import collections
import http.server
import json
import os
import signal
import socket
import struct
import threading
import time

import program
from program import DATA, RESOURCE, STOPPED, USAGE

KEY = "sk-test-4f7c0d9a2b"
KEY_NAME = "LLAMA32MED_JUDGE_KEY"
COUNT = 12


def write_predictions(folder, count=COUNT):
    folder.mkdir(exist_ok=True)
    (folder / "predictions.jsonl").write_text("".join(
        json.dumps({"item_id": f"i{n}", "image_id": "a.jpg", "question": "Describe.", "reference": f"caption [{n}]",
                    "prediction_raw": f"text {n}"}) + "\n" for n in range(count)), encoding="utf-8")


def completion(text):
    return json.dumps({"id": "x", "model": "judge-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})


class Server:
    """An OpenAI-compatible server on 127.0.0.1. `behave(index of the item, number of requests so far)` decides what happens."""

    def __init__(self, behave):
        self.asked = collections.Counter()
        self.keys, self.paths, self.times, self.bodies = set(), set(), collections.defaultdict(list), []
        self.active = self.most_active = 0
        lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                number = int(body["messages"][-1]["content"].split("caption [")[1].split("]")[0])
                with lock:
                    outer.asked[number] += 1
                    turn = outer.asked[number]
                    outer.keys.add(self.headers.get("Authorization"))
                    outer.paths.add(self.path)
                    outer.times[number].append(time.monotonic())
                    outer.bodies.append(body)
                    outer.active += 1
                    outer.most_active = max(outer.most_active, outer.active)
                try:
                    self.reply(*behave(number, turn))
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True
                finally:
                    with lock:
                        outer.active -= 1

            def reply(self, status, text, headers=()):
                if status == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    self.connection.close()
                    self.close_connection = True
                    return
                content = text.encode()
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        class Quiet(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Quiet(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def good(number, _turn=1):
    return 200, completion(f"Reasoning: fine\nScore: {1 + number % 5}")


class JudgeTest(program.ProgramTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "run"
        write_predictions(self.out)
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            program._environment.pop(name, None)
        program._environment[KEY_NAME] = KEY

    def serve(self, behave):
        server = Server(behave)
        self.addCleanup(server.close)
        return server

    def ask(self, server, *more):
        return ("judge", "run", "--run", self.out, "--model", "judge-1", "--base-url", server.url, "--first-pause-ms", 20,
                "--quiet", *more)

    def answers(self):
        return [json.loads(line) for line in (self.out / "judge_answers.jsonl").read_text(encoding="utf-8").splitlines()]

    def assert_no_key(self, *results):
        for name, content in program.folder_bytes(self.folder).items():
            self.assertNotIn(KEY.encode(), content, name)
        for result in results:
            self.assertNotIn(KEY, result.out + result.err)


class Files(JudgeTest):
    def export(self, *more):
        self.answer("judge", "export", "--run", self.out, "--model", "judge-1", *more)
        return [json.loads(line) for line in (self.out / "judge_requests.jsonl").read_text(encoding="utf-8").splitlines()]

    def test_requests_out_and_answers_in(self):
        requests = self.export()
        self.assertEqual(len(requests), COUNT)
        self.assertEqual(list(requests[0]), ["custom_id", "method", "url", "body"])
        body = requests[3]["body"]
        self.assertEqual((body["model"], body["temperature"], body["max_tokens"]), ("judge-1", 0, 512))
        self.assertIn("caption [3]", body["messages"][0]["content"])
        answers = self.folder / "batch_output.jsonl"
        lines = [{"id": "b", "custom_id": f"i{n}", "response": {"status_code": 200, "body": json.loads(good(n)[1])}, "error": None}
                 for n in range(COUNT - 3)]
        lines += [{"custom_id": "i9", "text": "I cannot say"}, {"custom_id": "i10", "response": None, "error": {"message": "expired"}}]
        answers.write_text("".join(json.dumps(line) + "\n" for line in reversed(lines)), encoding="utf-8")
        result = self.answer("judge", "import", "--run", self.out, "--answers", answers)
        self.assertEqual([result[name] for name in ("asked", "parsed", "unparsed", "errors", "missing")], [12, 9, 1, 1, 1])
        scores = [1 + n % 5 for n in range(9)]
        self.assertAlmostEqual(result["mean"], sum(scores) / 9)
        self.assertAlmostEqual(result["worst_case"], (sum(scores) + 3) / 12)
        self.assertLess(result["bootstrap95"][0], result["mean"])
        self.assertEqual(program.read_json(self.out / "judge.json"), result)
        plan = program.read_json(self.out / "judge_plan.json")
        self.assertEqual((plan["model"], len(plan["ids"]), plan["prompt_sha256"]), ("judge-1", COUNT, result["prompt_sha256"]))

    def test_a_sample_is_seeded(self):
        first = [r["custom_id"] for r in self.export("--sample", 5)]
        self.assertEqual(len(first), 5)
        self.assertEqual(first, [r["custom_id"] for r in self.export("--sample", 5)])
        self.assertNotEqual(first, [r["custom_id"] for r in self.export("--sample", 5, "--seed", 9)])
        self.assertEqual(len(self.export("--sample", 5, "--repeats", 3)), 15)

    def test_what_does_not_belong_together(self):
        answers = self.folder / "answers.jsonl"
        answers.write_text('{"custom_id": "zz", "text": "Score: 1"}\n', encoding="utf-8")
        self.refuse(DATA, ["judge_plan.json", "export"], "judge", "import", "--run", self.out, "--answers", answers)
        self.export()
        self.refuse(DATA, ["zz"], "judge", "import", "--run", self.out, "--answers", answers)
        write_predictions(self.out, COUNT - 1)
        self.refuse(DATA, ["export again"], "judge", "import", "--run", self.out, "--answers", answers)

    def test_usage(self):
        self.refuse(USAGE, ["export", "import", "run"], "judge")
        self.refuse(USAGE, ["--model"], "judge", "export", "--run", self.out)
        self.refuse(USAGE, ["--run"], "judge", "export", "--model", "m")
        self.refuse(USAGE, ["--base-url"], "judge", "run", "--run", self.out, "--model", "m")
        self.refuse(USAGE, ["ground_truth"], "judge", "export", "--run", self.out, "--model", "m", "--prompt-file", "radiologist_vqa")
        self.refuse(USAGE, ["ftp://x", "http://"], "judge", "run", "--run", self.out, "--model", "m", "--base-url", "ftp://x")


class Live(JudgeTest):
    def test_a_good_server(self):
        server = self.serve(good)
        result = program.run(*self.ask(server, "--json"))
        self.assertEqual(result.code, 0, result)
        judged = json.loads(result.out)
        self.assertEqual((judged["parsed"], judged["asked"]), (COUNT, COUNT))
        self.assertAlmostEqual(judged["mean"], sum(1 + n % 5 for n in range(COUNT)) / COUNT)
        self.assertEqual(server.keys, {f"Bearer {KEY}"})
        self.assertEqual(server.paths, {"/v1/chat/completions"})
        self.assertEqual(set(server.bodies[0]), {"model", "messages", "temperature", "max_tokens"})
        self.assertEqual({line["custom_id"] for line in self.answers()}, {f"i{n}" for n in range(COUNT)})
        again = program.run(*self.ask(server))
        self.assertIn(f"{COUNT} already answered", again.out)
        self.assertEqual(sum(server.asked.values()), COUNT)
        self.assert_no_key(result, again)

    def test_a_bad_server(self):
        def behave(number, turn):
            if turn == 1:
                bad = {0: (429, "busy", [("Retry-After", "1")]), 1: (500, f"broken, by the way: {KEY}"), 3: (200, "<html>garbage"),
                       4: ("reset", ""), 5: (200, completion("I would rather not say")), 6: (503, ""), 8: (200, "{}")}
                if number in bad:
                    return bad[number]
                if number == 2:
                    time.sleep(2.5)
            if number == 7:
                return 200, completion("no idea")
            if number == 9:
                return 400, json.dumps({"error": {"message": f"content filter, key {KEY}"}})
            if number == 10:
                return 500, f"always, {KEY}"
            return good(number)
        server = self.serve(behave)
        result = program.run(*self.ask(server, "--timeout", 1, "--retries", 3, "--json"))
        self.assertEqual(result.code, 0, result)
        judged = json.loads(result.out)
        self.assertEqual([judged[name] for name in ("asked", "parsed", "unparsed", "errors", "missing")], [12, 9, 1, 2, 0])
        self.assertEqual([server.asked[n] for n in range(COUNT)], [2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 4, 1])
        self.assertGreaterEqual(server.times[0][1] - server.times[0][0], 0.95)
        self.assertIn("***", (self.out / "judge_answers.jsonl").read_text(encoding="utf-8"))
        self.assert_no_key(result)
        # The next call only repeats what failed.
        program.run(*self.ask(server, "--retries", 0))
        self.assertEqual([server.asked[n] for n in (0, 5, 7, 9, 10)], [2, 2, 3, 2, 5])

    def test_concurrency_has_a_limit(self):
        def behave(number, _turn):
            time.sleep(0.1)
            return good(number)
        server = self.serve(behave)
        self.succeed(*self.ask(server, "--concurrency", 3))
        self.assertLessEqual(server.most_active, 3)
        self.assertGreaterEqual(server.most_active, 2)

    def test_killed_and_gone_on_with(self):
        def behave(number, _turn):
            time.sleep(0.1)
            return good(number)
        server = self.serve(behave)
        for end in (signal.SIGTERM, signal.SIGKILL):
            running = program.start(*self.ask(server, "--concurrency", 1))
            before = len(self.answers()) if (self.out / "judge_answers.jsonl").exists() else 0
            self.assertTrue(program.wait_for(lambda: (self.out / "judge_answers.jsonl").exists() and
                                             len(self.answers()) > before + 1))
            running.send_signal(end)
            running.communicate()
            self.assertEqual(running.returncode, STOPPED if end == signal.SIGTERM else -end)
        with open(self.out / "judge_answers.jsonl", "ab") as file:
            file.write(b'{"custom_id": "i11", "resp')  # an incomplete line
        asked = sum(server.asked.values())
        have = len((self.out / "judge_answers.jsonl").read_bytes().splitlines()) - 1
        judged = self.answer(*self.ask(server))
        self.assertEqual(judged["parsed"], COUNT)
        self.assertEqual(sum(server.asked.values()) - asked, COUNT - have)

    def test_another_plan_does_not_go_on(self):
        server = self.serve(good)
        self.succeed(*self.ask(server))
        self.refuse(USAGE, ["judge_plan.json", "sample"], *self.ask(server, "--sample", 3))
        self.assertEqual(self.answer(*self.ask(server, "--sample", 3, "--fresh"))["parsed"], 3)

    def test_a_wrong_key(self):
        server = self.serve(lambda *_: (401, f"no such key: {KEY}"))
        error = self.refuse(USAGE, ["rejects the key", KEY_NAME, "***"], *self.ask(server))
        self.assertNotIn(KEY, error)
        self.assert_no_key()

    def test_the_key_in_other_spellings(self):
        key = "sk-abc/def+SECRET0123456789"
        program._environment[KEY_NAME] = key
        spellings = [key, key.replace("/", "\\/"), key.replace("/", "\\u002F"), key.replace("/", "%2f"), key.upper()]
        server = self.serve(lambda number, _: (400, '{"error": "no such key: %s"}' % spellings[number % len(spellings)]))
        result = program.run(*self.ask(server))
        texts = [content.decode() for content in program.folder_bytes(self.folder).values()] + [result.out, result.err]
        for text in texts:
            self.assertNotRegex(text, "(?i)sk-abc|SECRET")

    def test_a_key_stays_off_plain_http_and_proxies(self):
        self.refuse(USAGE, ["http://judge.invalid", KEY_NAME, "plain http", "--key-over-http"], "judge", "run", "--run", self.out,
                    "--model", "m", "--base-url", "http://judge.invalid")
        server, proxy = self.serve(good), self.serve(good)
        program._environment["http_proxy"] = proxy.url
        program._environment["NO_PROXY"] = ""
        self.addCleanup(program._environment.update, NO_PROXY="127.0.0.1")
        self.refuse(USAGE, ["http_proxy", KEY_NAME, "--key-through-proxy"], *self.ask(server))
        self.assertFalse(proxy.keys or server.keys)
        self.succeed(*self.ask(server, "--key-through-proxy"))
        self.assertEqual((proxy.keys, server.keys), ({f"Bearer {KEY}"}, set()))

    def test_when_all_requests_fail(self):
        for status in (307, 400, 500):
            server = self.serve(lambda *_, status=status: (status, "go away"))
            error = self.refuse(RESOURCE, [f"all {COUNT} requests failed", f"status {status}: go away"],
                                *self.ask(server, "--retries", 0, "--fresh"))
            self.assertNotIn("internal", error)
            self.assertEqual(program.read_json(self.out / "judge.json")["errors"], COUNT)

    def test_an_answer_without_end(self):
        server = self.serve(lambda *_: (200, " " * (17 << 20)))
        self.refuse(RESOURCE, ["the answer is larger than 16 MiB"], *self.ask(server, "--retries", 0, "--sample", 1))

    def test_a_deep_answer(self):
        deep = completion("Score: 3")[:-1] + ', "x": ' + "[" * 200_000 + "]" * 200_000 + "}"
        server = self.serve(lambda number, _: (200, deep) if number == 3 else good(number))
        judged = self.answer(*self.ask(server, "--retries", 0))
        self.assertEqual((judged["parsed"], judged["errors"]), (COUNT - 1, 1))

    def test_waiting_has_a_limit(self):
        server = self.serve(lambda *_: (429, "busy", [("Retry-After", "3600")]))
        begin = time.monotonic()
        self.refuse(RESOURCE, ["due in 3600 s", "--max-wait allows pauses of 600 s", f"0 of {COUNT} requests"], *self.ask(server))
        self.assertLess(time.monotonic() - begin, 30)
        self.refuse(RESOURCE, ["--max-wait allows pauses of 1 s"], *self.ask(server, "--max-wait", 1))
        patient = self.serve(lambda number, turn: (429, "busy", [("Retry-After", "6")]) if turn == 1 and number == 0 else good(number))
        loud = [argument for argument in self.ask(patient) if argument != "--quiet"]
        result = program.run(*loud)
        self.assertEqual(result.code, 0, result)
        self.assertIn("waiting 6 s", result.err)

    def test_no_key(self):
        server = self.serve(good)
        del program._environment[KEY_NAME]
        self.refuse(USAGE, [KEY_NAME, "not set"], *self.ask(server))
        self.refuse(USAGE, ["OTHER_KEY"], *self.ask(server, "--key-variable", "OTHER_KEY"))
        self.assertFalse(server.asked)
        self.succeed(*self.ask(server, "--key-variable", ""))
        self.assertEqual(server.keys, {None})

    def test_nobody_there(self):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.refuse(RESOURCE, [f"127.0.0.1:{port}", "cannot be reached", "2 tries"], "judge", "run", "--run", self.out, "--model",
                    "m", "--base-url", f"http://127.0.0.1:{port}", "--retries", 1, "--first-pause-ms", 10, "--quiet")


if __name__ == "__main__":
    os.environ.setdefault("NO_PROXY", "127.0.0.1")
    program.main()
